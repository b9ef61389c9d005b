"""Tells a page that is no article, and says why in words.

In: a Soup, or the HTML of a would-be body. Out: errors to raise, or yes and no. Sina answers bursts with a page that
asks for verification, and what was withdrawn with a page that leads to its front page, both with status 200.
"""

from __future__ import annotations

import re

from aggregator.errors import ExtractError, PageGone
from aggregator.extract import soup
from aggregator.extract.soup import Soup
from aggregator.kit import text

_CHALLENGE = re.compile(
    r"(?:请输入|输入|图形|滑动)验证码|安全验证|人机验证|访问(?:过于|太)?频繁|访问受限|访问异常|系统检测到|拒绝访问|"
    r"Just a moment|Checking your browser|Attention Required|Access Denied|Enable JavaScript and cookies|captcha",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"页面(?:没有找到|不存在|已删除|找不到)|(?:文章|内容|新闻|信息)(?:已被?删除|不存在|已下线|已失效)|您访问的页面|"
    r"5秒钟之后将会带您|\b404\b.{0,20}(?:not found|错误|页面)|page not found",
    re.IGNORECASE,
)
#: Words of the page around an article. In a body they mean that the selector took the wrong element.
_CHROME = (
    "缩小字体", "放大字体", "腾讯QQ", "QQ空间", "VIP课程推荐", "APP专享直播", "热门推荐", "文章关键词：", "@@title@@",
    "展开全文", "打开新浪新闻",
)  # fmt: skip
#: A page of refusal is short; the same words in a long text are its subject.
_LONGEST_REFUSAL = 600


def refusal(page: Soup, url: str) -> ExtractError | None:
    """Why the page is no article, where it says so itself: PageGone, where it says that there is none."""
    title = page.first(("title",)) or ""
    body = page.tree.body
    words = text.plain(soup.inner(body)) if body is not None else ""
    if len(words) > _LONGEST_REFUSAL:
        words = ""
    if _CHALLENGE.search(title) or _CHALLENGE.search(words):
        return ExtractError(f"{url}: the site asks for verification instead of showing the article")
    if _GONE.search(title) or _GONE.search(words):
        return PageGone(f"{url}: the site says that there is no such article (any more)")
    return None


def is_notice(words: str) -> bool:
    """True for a text that says, instead of an article, that there is none."""
    return len(words) <= _LONGEST_REFUSAL and _GONE.search(words) is not None


def chrome(html: str) -> list[str]:
    """Words of page chrome in a body."""
    return [mark for mark in _CHROME if mark in html]
