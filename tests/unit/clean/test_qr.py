"""clean.qr: QR pictures and invitations to scan go on every site; pictures and prose about them stay."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import clean
from aggregator.clean import qr
from aggregator.models import Image, SiteRules
from tests.support.sites import raw

REAL = "https://x.example/real.jpg"
SHOWN = f'<figure><img src="{REAL}" alt=""></figure>'


@pytest.mark.parametrize(
    "name",
    [
        "qrcode.jpg", "QRCode.png", "qr_code.png", "qr-code-2.gif", "QR-Codes.png", "qrcode_for_gh.jpg",
        "qrcode_for_gh_3f1c2d99ab_258.jpg", "xyzcaijing_qrcode.png", "wxQrcode.png", "wxqrcode01.png",
        "footer-qrcode.webp",
        "erweima.jpg", "xx_erweima_2.jpg", "siteErweima.png", "ewm.png", "wx-ewm.png", "ewm2.jpg", "weixin_code.png",
        "wechat-code.jpg", "wechat_qr.png", "gzh_code.jpg", "gongzhonghao.jpg", "app-qr.png", "qr.png", "qr2.png",
        "qr-weixin.png", "%E4%BA%8C%E7%BB%B4%E7%A0%81.png", "微信公众号二维码.jpg", "qrcode.jpg!w600",
        "qrcode.png@100w",
        "qrcode?scene=10000004&size=102", "create-qr-code/?data=x", "qrcode.jpg?x=1",
    ],
)  # fmt: skip
def test_names_of_qr_pictures(name: str) -> None:
    assert qr.is_picture(f"https://x.example/img/{name}")


@pytest.mark.parametrize(
    "name",
    [
        "real.jpg", "qrcodes/real.jpg", "erweima/20261102/1.jpg", "weixin.jpg", "wechat.png", "wechat-office.jpg",
        "newmarket.jpg", "viewmore.png", "crewman.jpg", "iraqr.jpg", "xkqrcodez.jpg", "a_1qrcode9f2b.jpg", "q-r.png",
        "qr-code-payment.jpg", "alipay_qrcode.jpg", "scanning-a-qr-code.jpg", "wechat-market.jpg",
        "qr-codes-at-shops.jpg",
        "woman-shows-a-qr-code-at-a-bank.jpg", "qrcode-fraud.jpg", "付款二维码业务.jpg", "real.jpg?from=qrcode", "",
        "640?wx_fmt=jpeg", "app.png", "code.png", "wx_fmt.png", "qr-hotel-lobby.jpg",
    ],
)  # fmt: skip
def test_names_of_other_pictures(name: str) -> None:
    assert not qr.is_picture(f"https://x.example/img/{name}")


def test_the_address_of_an_account_at_its_maker() -> None:
    assert qr.is_picture("https://open.weixin.qq.com/qr/code?username=gh_1")


INVITATIONS = [
    "扫描二维码关注我们", "扫描二维码关注公众号", "长按二维码关注", "长按识别二维码，关注我们", "扫码关注",
    "扫码下载APP", "▲ 长按识别二维码 ▲",
    "（扫描下方二维码，加群交流）", "微信扫一扫二维码关注公众号", "扫一扫下方二维码，下载客户端",
    "请扫描上方二维码关注“样本财经”", "↓↓↓扫码入群↓↓↓",
    "更多精彩内容，请扫码关注", "关注我们请扫描二维码", "扫描图中二维码下载样本APP。", "欢迎扫描二维码添加小编微信",
    "长按图片识别二维码",
    "扫描二维码", "扫码后即可加入读者群", "打开微信扫描二维码，第一时间获取资讯", "识别下方二维码，了解详情",
]  # fmt: skip
PROSE = [
    "付款二维码业务同比增长30%", "顾客扫描二维码付款", "消费者在店内扫码支付", "扫码支付", "扫描二维码支付更便捷",
    "监管关注二维码支付", "央行关注二维码",
    "扫描二维码下载APP成为推广主流方式", "扫码关注竟被骗十万元", "他扫描二维码后关注该公众号",
    "记者扫描二维码下载该应用", "二维码", "扫码",
    "二维码概念股走强", "二维码技术的前世今生", "识别二维码的芯片出货增长", "扫码点餐乱象调查", "扫码下载暗藏风险",
    "关注扫码支付新规",
    "扫描二维码关注，用户三年增长两倍", "长按", "公司关注并下载相关文件", "识别风险，关注本金",
    "警惕：扫描二维码加群",
    "扫描二维码关注我们" * 4, "不要扫描陌生二维码下载软件", "市民长按二维码关注政务号",
]  # fmt: skip


@pytest.mark.parametrize("words", INVITATIONS)
def test_invitations_go(words: str) -> None:
    assert qr.invites(words)
    assert clean.clean(raw(f"<p>正文。</p><p>　　{words}</p><p>结尾。</p>")).html == "<p>正文。</p>\n<p>结尾。</p>"


@pytest.mark.parametrize("words", PROSE)
def test_prose_stays(words: str) -> None:
    assert not qr.invites(words)
    assert words in clean.clean(raw(f"<p>正文。</p><p>{words}</p><p>结尾。</p>")).text


@pytest.mark.parametrize("words", [*INVITATIONS, "二维码", "微信二维码", "公众号二维码", "扫码", "扫一扫"])
@pytest.mark.parametrize(
    "picture",
    [
        '<p><img src="https://x.example/640" alt="{}"></p>',
        '<p><a href="/x"><img src="https://x.example/640" title="{}"></a></p>',
        '<figure><img src="https://x.example/640"><figcaption>{}</figcaption></figure>',
        '<p><img src="https://x.example/640"><br>{}</p>',
        '<div class="wp-caption"><img src="https://x.example/640"><p class="wp-caption-text">{}</p></div>',
    ],
)
def test_words_that_make_a_picture_a_qr_picture(words: str, picture: str) -> None:
    stated = (Image("https://x.example/640"),)
    html = f"<p>正文。</p>{picture.format(words)}<p>结尾。</p>"
    article = clean.clean(raw(html, image="https://x.example/640", images=stated))
    assert "640" not in article.html
    assert (article.image, article.images) == (None, ())
    assert clean.clean(article) == article


@pytest.mark.parametrize("words", [w for w in PROSE if w not in ("二维码", "扫码")])
def test_words_that_only_speak_of_codes_keep_their_picture(words: str) -> None:
    for html in (
        f'<img src="{REAL}" alt="{words}">',
        f"<figure><img src={REAL}><figcaption>{words}</figcaption></figure>",
    ):
        article = clean.clean(raw(f"<p>正文。</p>{html}"))
        assert article.image == REAL
        assert words in article.html


@pytest.mark.parametrize("rules", [None, SiteRules("generic"), SiteRules("other", image_blocklist=("/ads/",))])
@pytest.mark.parametrize("url", ["https://x.example/a", None])
def test_the_next_picture_leads(rules: SiteRules | None, url: str | None) -> None:
    html = (
        '<p><img src="https://x.example/qrcode_for_gh.jpg" alt="扫描二维码关注公众号"></p><p>扫描二维码关注我们</p>'
        f'<p><img src="{REAL}"></p>'
    )
    article = clean.clean(raw(html, url=url, image="https://x.example/qrcode_for_gh.jpg"), rules)
    assert (article.html, article.text) == (SHOWN, "")
    assert (article.image, article.images) == (REAL, (Image(REAL),))


def test_an_invitation_beside_a_picture_of_its_own_paragraph_spares_it() -> None:
    html = f"<p>扫描二维码关注我们</p><p><img src={REAL}></p>"
    assert clean.clean(raw(html)).html == SHOWN
    assert clean.clean(raw(f"<div>{html}</div>")).html == SHOWN


def test_two_pictures_of_one_figure_are_told_apart() -> None:
    html = f"<figure><img src={REAL}><img src=https://x.example/qrcode.png></figure>"
    assert clean.clean(raw(html)).html == SHOWN


def test_stated_qr_pictures_are_left_out() -> None:
    stated = (Image("https://x.example/ewm.png"), Image("https://x.example/1.png", "扫码关注"), Image(REAL, "图一"))
    article = clean.clean(raw("<p>文</p>", image="https://x.example/1.png", images=stated))
    assert (article.image, article.images) == (REAL, (Image(REAL, "图一"),))
    assert clean.clean(article) == article


_PIECES = [
    "<p>", "</p>", "<div>", "</div>", "<figure>", "</figure>", "<figcaption>", "</figcaption>", "<br>", "<td>",
    "<table>",
    "<a href='/x'>", "</a>", "<b>", "</b>", "<li>", "<h2>", "<img src=/640>", "<img src=/qrcode.png>",
    "<img src=/b.png alt=二维码>",
    "扫描二维码关注我们", "扫码", "关注", "二维码", "正文。", "　　", "<blockquote>", "</blockquote>", "样本标题",
    "<br><br>",
    "（责任编辑：甲）", "来源：样本日报",
]  # fmt: skip


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_cleaning_twice_is_cleaning_once(html: str) -> None:
    once = clean.clean(raw(html, image="https://x.example/qr.png"))
    assert clean.clean(once) == once
    assert "qrcode.png" not in once.html


@pytest.mark.parametrize(
    "words",
    ["微信" * 15, "更多，" * 10, "扫描扫描扫" * 6, "关注码" * 10, "更多 码" * 7, "长按识别或扫一扫" * 3 + "二维码"],
)
def test_hostile_words_cost_little(words: str) -> None:
    started = time.perf_counter()
    qr.invites(words[:30])
    assert time.perf_counter() - started < 2
