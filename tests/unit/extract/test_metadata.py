"""extract.metadata and extract.address: what a page states of itself, and what it may not claim."""

from __future__ import annotations

import pytest

from aggregator.errors import ConfigError, ExtractError
from aggregator.extract import metadata, soup
from aggregator.models import SiteRules
from tests.support.sites import ARTICLE, extracted, page, sina

BODY = "<div id='artibody'><p>正文一段。</p></div>"


@pytest.mark.parametrize(
    ("title", "cut"),
    [
        ("样本标题_宏观经济_新浪财经_新浪网", "样本标题"),
        ("样本标题_新浪财经_新浪网", "样本标题"),
        ("样本标题_新浪财经", "样本标题"),
        ("样本标题_手机新浪网", "样本标题"),
        ("样本标题|样本公司_新浪财经_新浪网", "样本标题|样本公司"),
        ("下划线_也是标题的一部分", "下划线_也是标题的一部分"),
        ("_新浪财经_新浪网", "_新浪财经_新浪网"),
        ("新浪财经评论：样本", "新浪财经评论：样本"),
    ],
)
def test_title_suffixes(title: str, cut: str) -> None:
    assert metadata.cut_title(title, sina().title_suffixes) == cut
    assert extracted(f"<title>{title}</title>{BODY}").title == cut


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ('<meta property="article:published_time" content="2026-10-16T17:45:02+08:00">', "2026-10-16T09:45:02"),
        ('<meta name="weibo: article:create_at" content="2026-10-16 17:45:02">', "2026-10-16T09:45:02"),
        ('<span id="pub_date">2011年12月21日08:16</span>', "2011-12-21T00:16:00"),
        ('<div class="date-source"><span class="date">2026年10月16日 17:45</span></div>', "2026-10-16T09:45:00"),
        ('<span class="time-source">2013年05月06日 10:00 <span>样本网</span></span>', "2013-05-06T02:00:00"),
        ('<time class="art_time">2026.10.16 16:12<cite>样本</cite></time>', "2026-10-16T08:12:00"),
        ('<meta property="article:published_time" content="soon"><span id="pub_date">2026-10-16 08:00</span>',
         "2026-10-16T00:00:00"),
        ('<script type="application/ld+json">{"@type":"Article","datePublished":"2026-10-16T08:00:00Z"}</script>',
         "2026-10-16T08:00:00"),
    ],
)  # fmt: skip
def test_publish_time(head: str, published: str) -> None:
    at = extracted(head + BODY).published
    assert at is not None
    assert at.isoformat() == f"{published}+00:00"


def test_nothing_stated_is_nothing() -> None:
    found = extracted(BODY)
    assert (found.title, found.published, found.updated, found.outlet, found.author) == (None,) * 5
    assert (found.keywords, found.lead_image, found.aliases) == ((), None, ())
    assert found.canonical == ARTICLE


@pytest.mark.parametrize(
    ("head", "outlet"),
    [
        ('<meta name="mediaid" content=""><meta property="article:author" content="样本甲">', "样本甲"),
        ('<meta name="mediaid" content="样本乙"><meta property="article:author" content="样本甲">', "样本乙"),
        ('<a class="source ent-source">样本丙</a>', "样本丙"),
        ('<span id="media_name"><a>样本丁</a> <a>微博</a></span>', "样本丁"),
        ('<span data-sudaclick="media_name">样本戊</span>', "样本戊"),
        ('<meta property="og:site_name" content="新浪">', None),
    ],
)
def test_outlet(head: str, outlet: str | None) -> None:
    assert extracted(head + BODY).outlet == outlet


@pytest.mark.parametrize(
    ("head", "docid"),
    [
        ('<meta name="publishid" content="nbbbbbb2000103">', "nbbbbbb2000103"),
        ('<meta name="publishid" content="30,1,11111111">', None),
        ('<meta name="comment" content="cj:comos-nbbbbbb2000103">', "nbbbbbb2000103"),
        ('<meta name="sudameta" content="urlpath:stock/s/; allCIDs:1"><meta name="sudameta" '
         'content="dataid:comos:nbbbbbb2000103">', "nbbbbbb2000103"),
        ('<link rel=canonical href="/x/doc-inbbbbbb2000104.shtml">', "nbbbbbb2000104"),
    ],
)  # fmt: skip
def test_docid(head: str, docid: str | None) -> None:
    assert extracted(head + BODY, "https://finance.sina.com.cn/china/20111221/081611111111.shtml").docid == docid


@pytest.mark.parametrize(
    "claim",
    [
        "https://evil.example/doc-inbbbbbb2000103.shtml",
        "https://finance.sina.com.cn.evil.example/x",
        "https://finance.sina.com.cn/",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_page_may_not_claim_another_place(claim: str) -> None:
    found = extracted(f'<link rel=canonical href="{claim}"><meta property="og:url" content="{claim}">{BODY}')
    assert (found.canonical, found.aliases) == (ARTICLE, ())


def test_a_foreign_page_may_not_claim_a_sina_address() -> None:
    text = "".join(f"<p>第{n}段正文足够长，说明样本事件{n}的经过和影响。</p>" for n in range(6))
    html = f'<link rel=canonical href="{ARTICLE}"><article>{text}</article>'
    assert extracted(html, "https://evil.example/x").canonical == "https://evil.example/x"


def test_the_mobile_address_is_an_alias_of_the_desktop_one() -> None:
    mobile = "https://finance.sina.cn/stock/2026-10-16/detail-intaaqwi2000999.d.html"
    head = f'<meta name="mobile-agent" content="format=html5; url={mobile}">'
    assert extracted(head + BODY, ARTICLE + "?cre=x#y").aliases == (mobile,)
    assert extracted(BODY, mobile).canonical == mobile


@pytest.mark.parametrize(
    ("head", "keywords"),
    [
        ('<meta name="keywords" content="甲,乙，丙、 丁;甲">', ("甲", "乙", "丙", "丁")),
        ('<title>样本：标题</title><meta name="keywords" content="样本 标题">', ()),
        (
            '<title>样本标题</title><meta name=keywords content="样本标题,词"><div id=keywords data-wbkey="别的">',
            ("词",),
        ),
        ('<div id="keywords" data-wbkey="甲,乙"></div>', ("甲", "乙")),
    ],
)
def test_keywords(head: str, keywords: tuple[str, ...]) -> None:
    assert extracted(head + BODY).keywords == keywords


@pytest.mark.parametrize(
    ("image", "lead"),
    [
        ("//n.sinaimg.cn/a.jpg", "https://n.sinaimg.cn/a.jpg"),
        ("http://n.sinaimg.cn/a.jpg", "https://n.sinaimg.cn/a.jpg"),
        ("https://n.sinaimg.cn/default/wx_poster_finance1.png", None),
        ("//n.sinaimg.cn/finance/cece9e13/20200514/343233024.png", None),
        ("data:image/png;base64,AA", None),
    ],
)
def test_lead_image(image: str, lead: str | None) -> None:
    assert extracted(f'<meta property="og:image" content="{image}">{BODY}').lead_image == lead


@pytest.mark.parametrize(
    "data",
    ["{", "[]", "null", '{"@type":"WebSite"}', '{"@graph":[null,{"@type":["Thing"]}]}', '{"@type":null}', "[" * 5000],
)
def test_broken_or_foreign_linked_data_is_passed_over(data: str) -> None:
    found = extracted(f'<script type="application/ld+json">{data}</script><title>样本</title>{BODY}')
    assert (found.title, found.published) == ("样本", None)


def test_selectors_with_attributes() -> None:
    found = soup.parse(page('<a href="/x" class="k l">甲</a><a>乙</a><time>a <b>丙</b></time>'))
    assert found.first(("a@title", "a@href")) == "/x"
    assert found.first(("a@class",)) == "k l"
    assert list(found.values(("a",))) == ["甲", "乙"]
    assert list(found.values(("time",))) == ["a 丙", "a"]
    assert found.first(("p", "h1")) is None


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("p", ["1", "2", "3"]),
        (".n.m", ["2"]),
        ("#b p", ["2", "3"]),
        ("div > p.n", ["1", "2"]),
        ("p, span", ["1", "2", "3", "4"]),
        ("p:not(.n)", ["3"]),
        ("[data-x='a b']", ["3"]),
        ("p[data-x='a b']", ["3"]),
        ('meta[name="weibo: article:create_at"]@content', ["5"]),
        ("*", None),
    ],
)
def test_the_index_finds_what_a_walk_would(selector: str, found: list[str] | None) -> None:
    html = """<meta name="weibo: article:create_at" content="5"><div id=a><p class=n>1</p></div>
      <div id=b><p class="m n">2</p><p data-x="a b">3</p></div><span>4</span>"""
    page_read = soup.parse(page(html))
    if found is None:
        assert page_read.elements(selector) == page_read.tree.select(selector)
    else:
        assert list(page_read.values((selector,))) == found


def test_a_page_of_too_many_tags_is_no_article() -> None:
    with pytest.raises(ExtractError, match="too many tags"):
        extracted("<i>" * (2 * soup.MOST_TAGS + 1))


def test_a_selector_that_cannot_be_read_is_an_error_in_words() -> None:
    with pytest.raises(ConfigError, match="cannot read the selector 'p\\[\\['"):
        soup.parse(page("x")).first(("p[[",))


def test_rules_without_selectors_fall_back_to_general_properties() -> None:
    rules = SiteRules("x", body=("main",))
    html = '<meta property="og:title" content="题"><meta name="author" content="甲"><main>文</main>'
    stated = metadata.read(soup.parse(page(html)), rules, "UTC")
    assert (stated.title, stated.author, stated.outlet) == ("题", None, None)
