"""Tells QR pictures, and the lines that invite to scan them, from content. Holds for every site.

In: the address of a picture and the words that go with it, or the words of a line. Out: yes or no. Pure. Called by
figures (pictures of the body), furniture (lines) and clean() (pictures that the feed or page states).

A picture of a scanned code may be news itself: payments by code are. So a name counts by whole words, and words count
only where they speak to the reader from end to end: 扫描二维码关注我们, not 顾客扫描二维码付款.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from aggregator.clean.tree import BLANKS

#: An invitation is a call, no sentence.
LONGEST = 30

# ------------------------------------------------------------------------------------------------------------- names
_CHANNEL = "wx|weixin|wechat|gzh|gongzhonghao"
_NAME = re.compile(
    rf"(?<![a-z0-9])(?:(?:{_CHANNEL}|app|mp)?(?:qr[-_]?codes?|erweima|ewm)|(?:{_CHANNEL}|app)[-_]?qr"
    rf"|(?:{_CHANNEL})[-_]?(?:code|ma)|qr[-_](?:{_CHANNEL}|app)|gongzhonghao)\d{{0,4}}(?![a-z0-9])|\Aqr[-_]?\d{{0,3}}\Z"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=Q[rR][-_]?[cC]ode|Erweima)")
_EXTENSION = re.compile(r"[!@].*\Z|\.[A-Za-z]{3,4}(?=[!@]|\Z)")
_WORD = re.compile(r"(?<![a-z0-9])[a-z]+(?![a-z0-9])")
#: Words of names which say that the code is what the picture is about.
_SUBJECT = re.compile(
    r"(?<![a-z])(?:pay\w*|alipay|zhifu\w*|fukuan|shoukuan|scan\w*|merchants?|shops?|stores?|customers?|vendors?|"
    r"fraud|scam\w*|health|technology|market|industry)(?![a-z])"
)
#: A name of more words beside the code's is the slug of a photograph: woman-shows-a-qr-code-at-a-market.
_MOST_WORDS = 3
_TITLE = re.compile(
    r"(?:微信|公众号|公众平台|服务号|订阅号|小程序|视频号|微博|客户端|APP|app|官方|官微|关注|下载|扫码|扫描|交流群|社群|群|的|"
    r"我们|[-_ \d])*二维码(?:图片|图)?[-_ \d]*|扫码|扫一扫"
)

# ------------------------------------------------------------------------------------------------------- invitations
_LEAD = (
    r"(?:更多[^，,。：:]{0,12}[，,：:\s]|欢迎|敬请|请|快来|立即|马上|现在|点击|打开|使用|利用|通过|拿起|用|您的?|你的?|微信|手机|"
    r"QQ|微博|浏览器|APP|客户端|，|,|：|:|\s)*"
)
_WHERE = (
    r"(?:[上下左右]方|[上下]图|图[中片]|[上下]面|以[上下]|文末|微信|公众号|服务号|订阅号|小程序|官方|我们|我|此|该|本|这个|的|APP|"
    r"[并或及、/|\s]|扫一扫|扫描|扫|长按|识别|保存)"
)
_SCAN = (
    rf"(?:(?:扫一扫|扫描|扫|长按|识别){_WHERE}*二维码|扫码|(?:长按|识别){_WHERE}*(?:图片|小程序码)"
    rf"|二维码{_WHERE}*(?:扫描|识别))"
)
_VERB = (
    "关注|下载|加群|入群|进群|加入|添加|订阅|领取|获取|开户|咨询|报名|查看|阅读|观看|收看|收听|了解|安装|进入|联系|"
    "加好友|加微信"
)
_SOON = "即可|可以|可|就能|立即|马上|一键|免费|第一时间|直接|来|并|后|或|和"
_FOLLOW = rf"(?:[，,、！!\s]*(?:{_SOON})*(?:{_VERB})[^，,。；;！!]{{0,16}})"
_INVITES = re.compile(rf"{_LEAD}(?:(?:关注|下载|添加|加入)[^，,。；;扫]{{0,14}}[，,]?\s*请?)?{_SCAN}{_FOLLOW}{{0,3}}")
_CALLS = re.compile(rf"二维码|扫码.*(?:{_VERB})|(?:{_VERB}).*扫码|长按|识别")
#: Words of reports and headlines; an invitation to pay is none to follow.
_REPORTS = re.compile(
    r"付款|支付|收款|转账|结账|业务|同比|环比|增长|下降|上涨|下跌|成为|已经|已成|已被|已有|遭|被|骗|诈|风险|陷阱|暗藏|隐患|警惕|"
    r"谨慎|监管|导致|引发|占比|超过|超\d|达到?\d|[%％]|亿|万[元人]|人数|数量|规模|了(?!解)|[？?]|乱象|存在|用户|消费者|记者"
)
_EDGES = BLANKS + "。！!.…~～↑↓▲▼△▽←→↖↗↘↙⇧⇩👆👇☝➤>＞<＜【】[]（）()「」『』“”\"'*★☆●•|｜-—·:：，,、"


def is_picture(address: str | None, *words: str | None) -> bool:
    """True for the address of a QR picture, or words (alt, title, caption) that make it one."""
    return bool(address and _is_named(address)) or any(_describes(each) for each in words if each)


def invites(words: str) -> bool:
    """True for a line of at most LONGEST characters that only asks to scan a code, and follow, download or join."""
    if len(words) > LONGEST or not ("码" in words or "长按" in words or "识别" in words):
        return False
    call = words.strip(_EDGES)
    return bool(_INVITES.fullmatch(call) and _CALLS.search(call) and not _REPORTS.search(call))


def _describes(words: str) -> bool:
    call = words.strip(_EDGES)
    return len(call) <= LONGEST and (_TITLE.fullmatch(call) is not None or invites(call))


def _is_named(address: str) -> bool:
    parts = urlsplit(address)
    if parts.netloc == "open.weixin.qq.com" and parts.path.startswith("/qr/code"):
        return True  # WeChat's own address of an account's code
    name = _EXTENSION.sub("", unquote(parts.path.rstrip("/").rpartition("/")[2]))
    if _TITLE.fullmatch(name):
        return True
    name = _CAMEL.sub("-", name).lower()
    found = _NAME.search(name)
    if found is None or _SUBJECT.search(name.replace("_", "-")):
        return False
    return len(_WORD.findall((name[: found.start()] + " " + name[found.end() :]).replace("_", "-"))) <= _MOST_WORDS
