"""What changes around an article is no new state of it; what changes in it is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.kit import hashing
from aggregator.models import Subscription
from aggregator.pipeline import assemble, labour
from tests.support import sites
from tests.support.made import TODAY

Change = tuple[str, str]

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"/>
<title>样本能源拟建储能工厂_新浪财经_新浪网</title>
<meta property="og:title" content="样本能源拟建储能工厂" />
<meta property="article:published_time" content="2026-10-16T17:45:02+08:00" />
<meta name="comment" content="cj:comos-ntaaqwi2000999" />
<meta name="mediaid" content="样本日报">
<script>var __ad = {"slot": 1};</script></head><body>
<h1 class="main-title">样本能源拟建储能工厂</h1>
<span class="date">2026年10月16日 17:45</span><span class="read-count">阅读 1024</span>
<div class="article" id="artibody">
<div class="ad"><ins class="sinaads" data-ad-pdps="PDPS000000042"></ins></div>
<p>　　来源：样本证券报</p>
<p>　　样本能源周五公告，拟投资12.5亿元在样城建设储能工厂，预计2028年投产，建设资金由公司自筹。</p>
<div class="img_wrapper"><img src="https://n.sinaimg.cn/finance/transform/28/w550h278/20261016/mm01.jpg" alt="">
<span class="img_descr">厂址航拍（样本图）</span></div>
<p>　　公司三季度营收同比增长<a href="https://finance.sina.com.cn/a.shtml?from=roll">8.3%</a>，海外订单占比提升至三成。</p>
<p>　　分析人士认为，项目投产后毛利率将稳中有升。</p>
<!-- comment-id: 7001 -->
<div class="appendQr_wrap"><img src="//n.sinaimg.cn/finance/cece9e13/qr_1.png"/><p>更多资讯，尽在新浪财经APP</p></div>
<p class="article-editor">责任编辑：样编甲 SF001 </p>
</div>
<div class="most-read"><a href="/x.shtml">热门推荐一</a></div></body></html>"""

ENTRY = (
    "<p>　　来源：样本证券报</p><p>　　样本能源周五公告，拟投资12.5亿元在样城建设储能工厂。</p>"
    + "<p>　　公司三季度营收同比增长8.3%，海外订单占比提升至三成，项目投产后毛利率将稳中有升。</p>" * 10
    + '<p><img src="https://n.sinaimg.cn/finance/transform/28/w550h278/20261016/mm01.jpg"></p>'
)

RELATED = (
    '<p><strong>相关报道：</strong></p><p><a href="https://finance.sina.com.cn/r1.shtml">样本公司此前的公告</a></p>'
    '<p><a href="https://finance.sina.com.cn/r2.shtml">储能行业样本观察</a></p>'
)
BOX = (
    '<blockquote class="fin_reference"><p>【相关报道】</p>'
    '<p><a href="https://finance.sina.com.cn/r1.shtml">样本公司此前的公告</a></p></blockquote>'
)
PICTURE = "https://n.sinaimg.cn/finance/transform/28/w550h278/20261016/mm01.jpg"
LAST = "<p>　　分析人士认为，"

#: What a site does to a page on its own, from one look to the next.
NOISE: dict[str, Change] = {
    "blanks between tags": ("<p>　　", "<p>\n\t "),
    "blanks in a line": ("样本能源周五公告，", "样本能源周五公告， \n"),
    "no indent": ("<p>　　", "<p>"),
    "other indent": ("<p>　　", "<p>&emsp;&emsp;"),
    "invisible characters": ("样本能源周五", "样本\u200b能源\ufeff周五"),
    "entities": ("12.5亿元", "12&#46;5亿元"),
    "qr picture": ("qr_1.png", "qr_20261017.png"),
    "qr block gone": ('<div class="appendQr_wrap">', '<div class="appendQr_wrap" style="display:none">'),
    "ad slot": ("PDPS000000042", "PDPS000000099"),
    "ad script": ('<div class="article" id="artibody">', '<div class="article" id="artibody"><script>ad(7)</script>'),
    "ad style": ("<!-- comment-id", "<style>.x{color:red}</style><!-- comment-id"),
    "page script": ('{"slot": 1}', '{"slot": 2, "t": 1760608000}'),
    "comment ids": ("comment-id: 7001", "comment-id: 9555"),
    "comment thread": ("cj:comos-ntaaqwi2000999", "cj:comos-ntaaqwi2000999:1"),
    "mark-up of the outlet": (
        "<p>　　来源：样本证券报</p>",
        '<div><p><span>来源：</span><a href="/m">样本证券报</a></p></div>',
    ),
    "words of the outlet's line": ("来源：样本证券报", "文章来源: 样本证券报"),
    "editor's mark-up": ('<p class="article-editor">责任编辑：', "<p align=right>责任编辑： "),
    "related links": (LAST, RELATED + LAST),
    "related box": (LAST, BOX + LAST),
    "bold": ("12.5亿元", "<strong>12.5亿元</strong>"),
    "fonts": ("样城", '<font cms-style="font-L">样城</font>'),
    "stock link": (
        "样本能源周五",
        '<span id="stock_sh600941"><a href="/s">样本能源</a></span><span id=quote_1></span>周五',
    ),
    "read counter": ("阅读 1024", "阅读 99887"),
    "most read": ("热门推荐一", "热门推荐二"),
    "tracking in a link": ("a.shtml?from=roll", "a.shtml?from=wap&utm_source=x"),
    "picture over http": ("https://n.sinaimg.cn/finance/transform", "http://n.sinaimg.cn/finance/transform"),
    "picture host": ("https://n.sinaimg.cn/finance/transform", "https://n3.sinaimg.cn/finance/transform"),
    "picture size": ("w550h278", "w1100h556"),
    "picture through the scaler": (PICTURE, "https://k.sinaimg.cn/n/finance/transform/28/w550h278/20261016/mm01.jpg/w700d1q75cms.jpg"),
    "picture parameters": ("mm01.jpg", "mm01.jpg?x-oss-process=image/resize,w_700&t=1760608000"),
    "lazy picture": (f'<img src="{PICTURE}" alt="">', f'<img src="/blank.gif" data-src="{PICTURE}" alt="">'),
}  # fmt: skip

#: What somebody wrote anew.
EDITS: dict[str, Change] = {
    "number": ("12.5亿元", "12.6亿元"),
    "sentence": ("预计2028年投产，", ""),
    "more text": (LAST, "<p>　　公司回应称，尚无其他应披露事项。</p>" + LAST),
    "less text": ("<p>　　分析人士认为，项目投产后毛利率将稳中有升。</p>", ""),
    "outlet": ("来源：样本证券报", "来源：样本时报"),
    "editor": ("样编甲", "样编乙"),
    "caption": ("厂址航拍", "园区航拍"),
    "picture": ("mm01.jpg", "mm02.jpg"),
    "publish time": ("2026-10-16T17:45:02", "2026-10-16T18:20:00"),
    "title": ("样本能源拟建储能工厂", "样本能源拟建两座储能工厂"),
}  # fmt: skip

FEED = Subscription("a", "甲", "https://feeds.example/rss", timedelta(minutes=5))


def of_page(text: str) -> str:
    """The content hash of the article that a page holds."""
    page = labour.read_page(sites.page(text), [sites.sina()])
    raw = replace(sites.raw(page.html), title=page.title or "", published=page.published, outlet=page.outlet)
    return hashing.content(labour.make_clean(raw, [sites.sina()]))


def of_entry(body: str, *, title: str = "样本能源拟建储能工厂", link: str = sites.ARTICLE, date: str = TODAY) -> str:
    """The content hash of the article that an entry of a feed holds."""
    feed = (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>样本</title>'
        f"<item><title>{title}</title><link>{link.replace('&', '&amp;')}</link><guid>7</guid><pubDate>{date}</pubDate>"
        f"<description><![CDATA[{body}]]></description></item></channel></rss>"
    )
    document = replace(sites.page(feed, "https://feeds.example/rss"), headers={"content-type": "application/rss+xml"})
    (entry,) = labour.read_feed(document, "Asia/Shanghai", None).parsed.entries
    return hashing.content(labour.make_clean(assemble.article(entry, None), [sites.sina()]))


def changed(text: str, change: Change) -> str:
    old, new = change
    assert old in text, f"nothing to change: {old}"
    return text.replace(old, new)


@pytest.mark.parametrize("name", NOISE)
def test_noise_of_a_page_is_no_new_state(name: str) -> None:
    assert of_page(changed(PAGE, NOISE[name])) == of_page(PAGE)


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_a_page_is_a_new_state(name: str) -> None:
    assert of_page(changed(PAGE, EDITS[name])) != of_page(PAGE)


@pytest.mark.parametrize("name", [name for name, (old, _) in NOISE.items() if old in ENTRY])
def test_noise_of_an_entry_is_no_new_state(name: str) -> None:
    assert of_entry(changed(ENTRY, NOISE[name])) == of_entry(ENTRY)


@pytest.mark.parametrize("name", [name for name, (old, _) in EDITS.items() if old in ENTRY])
def test_an_edit_of_an_entry_is_a_new_state(name: str) -> None:
    assert of_entry(changed(ENTRY, EDITS[name])) != of_entry(ENTRY)


def test_what_a_feed_states_around_its_text() -> None:
    assert of_entry(ENTRY, link=sites.ARTICLE + "?from=wap&utm_campaign=x") == of_entry(ENTRY)
    assert of_entry(ENTRY, title=" 样本能源拟建储能工厂\u200b ") == of_entry(ENTRY)
    assert of_entry(ENTRY, date="Mon, 23 Nov 2026 09:00:00 +0800") == of_entry(ENTRY, date=TODAY)
    assert of_entry(ENTRY, title="样本能源拟建两座储能工厂") != of_entry(ENTRY)
    assert of_entry(ENTRY, date="Mon, 23 Nov 2026 01:05:00 GMT") != of_entry(ENTRY)


def test_every_kind_of_noise_is_tried_on_both() -> None:
    of: Callable[[dict[str, Change]], int] = lambda table: sum(old in ENTRY for old, _ in table.values())  # noqa: E731
    assert len(NOISE) >= 24
    assert of(NOISE) >= 12
    assert of(EDITS) >= 3
