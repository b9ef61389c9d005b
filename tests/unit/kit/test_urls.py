"""kit.urls: mending, canonical forms, identity keys, document ids, slugs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.kit import urls

ARTICLE = "https://finance.sina.com.cn/roll/2026-10-16/doc-intaaqwy1000125.shtml"
BASE = "https://finance.sina.com.cn/stock/s/index.shtml"


@pytest.mark.parametrize(
    ("href", "absolute"),
    [
        ("https://example.com/a", "https://example.com/a"),
        ("  http://example.com/a b \n", "http://example.com/a%20b"),
        ("//n.sinaimg.cn/x.png", "https://n.sinaimg.cn/x.png"),
        ("/china/1.shtml", "https://finance.sina.com.cn/china/1.shtml"),
        ("../zt_d/subject-1", "https://finance.sina.com.cn/stock/zt_d/subject-1"),
        ("?page=2", "https://finance.sina.com.cn/stock/s/index.shtml?page=2"),
        ("http:\\\\example.com\\a", "http://example.com/a"),
        ("ht\ntp://example.com/", "http://example.com/"),
        ("HTTPS://Example.com/A", "https://Example.com/A"),
        ("javascript:void(0)", None),
        (" java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("mailto:a@example.com", None),
        ("ftp://example.com/a", None),
        ("#top", None),
        ("", None),
        (None, None),
        ("http://", None),
        ("http://exa mple.com/", None),
        ("http://[::1/", None),
        ("http://example.com:port/", None),
    ],
)
def test_absolute(href: str | None, absolute: str | None) -> None:
    assert urls.absolute(BASE, href) == absolute


def test_absolute_without_a_base() -> None:
    assert urls.absolute(None, "//example.com/a") == "https://example.com/a"
    assert urls.absolute("", "/only/a/path") is None


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://cj.sina.cn/article/norm_detail?url=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1&from=redirect",
         "https://example.com/a?b=1"),
        ("http://go.rss.sina.com.cn/redirect.php?url=http://finance.sina.com.cn/china/20111221/081611111111.shtml",
         "http://finance.sina.com.cn/china/20111221/081611111111.shtml"),
        ("https://cj.sina.cn/article/norm_detail?url=javascript:alert(1)",
         "https://cj.sina.cn/article/norm_detail?url=javascript:alert(1)"),
        ("https://example.com/redirect.php?url=http://other.example/", None),
    ],
)  # fmt: skip
def test_unwrap(url: str, target: str | None) -> None:
    assert urls.unwrap(url) == (target or url)


def test_unwrap_follows_a_redirector_inside_a_redirector() -> None:
    inner = "http%3A%2F%2Fgo.rss.sina.com.cn%2Fredirect.php%3Furl%3Dhttp%3A%2F%2Fexample.com%2F"
    assert urls.unwrap(f"https://cj.sina.cn/article/norm_detail?url={inner}") == "http://example.com/"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (ARTICLE, ARTICLE),
        ("http://Finance.Sina.com.cn:80/roll/2026-10-16/doc-intaaqwy1000125.shtml?cre=tianyi&mod=pcfin&loc=3#comment",
         ARTICLE),
        ("https://cj.sina.cn/article/norm_detail?url=" + ARTICLE.replace(":", "%3A").replace("/", "%2F"), ARTICLE),
        ("https://finance.sina.cn/2026-10-16/detail-intaaqwy1000125.d.html?vt=4",
         "https://finance.sina.cn/2026-10-16/detail-intaaqwy1000125.d.html"),
        # The fragment is all that tells these apart, and a script's query names the document.
        ("http://finance.sina.com.cn/7x24/#feed-5200009", "https://finance.sina.com.cn/7x24/#feed-5200009"),
        ("http://vip.stock.finance.sina.com.cn/corp/view/vCB_AllBulletinDetail.php?stockid=600000&id=1&from=a",
         "https://vip.stock.finance.sina.com.cn/corp/view/vCB_AllBulletinDetail.php?stockid=600000&id=1"),
        # Other hosts keep their scheme and what names the document.
        ("http://Example.com:8080/a?b=2&utm_source=x&a=1&spm=1.2&from=rss#part", "http://example.com:8080/a?b=2&a=1"),
        ("https://example.com:443", "https://example.com/"),
        ("http://example.com/%e4%b8%ad?q=%zz", "http://example.com/%E4%B8%AD?q=%25zz"),
        ("http://example.com/中", "http://example.com/%E4%B8%AD"),
        ("http://例子.com/", "http://xn--fsqu00a.com/"),
        ("http://[2001:db8::1]:80/a", "http://[2001:db8::1]/a"),
        ("urn:uuid:1225c695-cfb8-4ebb", "urn:uuid:1225c695-cfb8-4ebb"),
        ("not an address", "not an address"),
        ("http://[broken", "http://[broken"),
    ],
)  # fmt: skip
def test_canonical(url: str, canonical: str) -> None:
    assert urls.canonical(url) == canonical


URLISH = st.text(alphabet="htps:/.sinacomcn?&=%#A@[]-80f feed7x24甲", max_size=50).map("http://{}".format)


@given(URLISH | st.text(max_size=40))
def test_canonical_is_idempotent(url: str) -> None:
    once = urls.canonical(url)
    assert urls.canonical(once) == once
    assert urls.key(once) == urls.key(url)


@given(st.text(max_size=40), st.text(max_size=40))
def test_absolute_gives_http_or_nothing(base: str, href: str) -> None:
    found = urls.absolute(base, href)
    assert found is None or found.startswith(("http://", "https://"))


def test_key_does_not_know_schemes() -> None:
    assert urls.key("http://example.com/a#b") == urls.key("https://example.com/a") == "example.com/a"
    assert urls.key("http://finance.sina.com.cn/a?x=1") == urls.key("https://finance.sina.com.cn:443/a")
    assert urls.key("https://example.com/a") != urls.key("https://example.com/a?id=1")


@pytest.mark.parametrize(
    ("text", "docid"),
    [
        (ARTICLE, "ntaaqwy1000125"),
        ("https://finance.sina.cn/2026-10-16/detail-intaaqwy1000125.d.html?vt=4", "ntaaqwy1000125"),
        ("https://cj.sina.cn/article/norm_detail?url=https%3A%2F%2Ffinance.sina.com.cn%2Fdoc-intaaqwy1000125.shtml",
         "ntaaqwy1000125"),
        ("comos:ntaaqwy1000125", "ntaaqwy1000125"),
        ("comos-ntaaqwy1000125", "ntaaqwy1000125"),
        ("cj:comos-ntaaqwy1000125:0", "ntaaqwy1000125"),
        ("http://slide.finance.sina.com.cn/slide_9_100_700001.html", "9-100-700001"),
        ("http://finance.sina.com.cn/china/20111221/081611111111.shtml", None),
        ("https://cj.sina.com.cn/articles/view/1234567890/4996d2e2", None),
        ("https://example.com/doc-intaaqwy1000125.shtml", None),
        ("https://finance.sina.com.cn/x.shtml?next=/doc-intaaqwy1000125.shtml", None),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_docid(text: str | None, docid: str | None) -> None:
    assert urls.docid(text) == docid


@pytest.mark.parametrize(
    ("name", "sina"),
    [("finance.sina.com.cn", True), ("SINA.CN", True), ("feed.mix.sina.com.cn.", True), ("notsina.cn", False),
     ("sina.com.cn.example.com", False), ("n.sinaimg.cn", False), ("", False)],
)  # fmt: skip
def test_is_sina(name: str, sina: bool) -> None:
    assert urls.is_sina(name) is sina


def test_host() -> None:
    assert urls.host("https://User@Example.COM.:8443/a") == "example.com"
    assert urls.host("no address") == ""
    assert urls.host("http://[broken") == ""


SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"


@pytest.mark.parametrize(
    ("text", "slug"), [("Sina Finance", "sina-finance"), ("7x24", "7x24"), ("Ａ股 / B", None), ("Café", None)]
)
def test_slug_of_ascii_is_readable(text: str, slug: str | None) -> None:
    made = urls.slug(text)
    assert slug is None or made == slug


@given(st.text(max_size=300))
def test_slug_is_a_safe_file_name(text: str) -> None:
    import re

    made = urls.slug(text)
    assert re.fullmatch(SLUG, made)
    assert len(made) <= 64


def test_slugs_tell_names_apart() -> None:
    names = [
        "国内滚动",
        "国内要闻",
        "7x24 快讯",
        "7x24 要闻",
        "con",
        "../etc/passwd",
        "..",
        "a" * 300,
        "a" * 301,
        "A股",
        "B股",
    ]
    assert len({urls.slug(name) for name in names}) == len(names)
    assert urls.slug("con") != "con"
    assert urls.slug("国内滚动") == urls.slug(" 国内滚动 ")


_PIECES = [
    "http://", "https://", "HTTP://", "//", "finance.sina.com.cn", "cj.sina.cn/article/norm_detail", "example.com",
    "a..b", "A.example", "u@", ":80", ":8080", "/", "/a.php", "/doc-iabcdefg1234567.shtml", "/../", "/~x", "?",
    "/slide_1_2_3.html", "?utm_source=x", "&a=1", "&from=", "?url=https://sina.cn/x", "#", "#feed-1", "%e4", "%", ";",
    "é", " ", "\n",
]  # fmt: skip


@settings(max_examples=400)
@given(
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6),
    st.sampled_from([None, "https://base.example/a", "http://[bad/"]),
)
def test_plain_addresses_are_read_as_any(pieces: list[str], base: str | None) -> None:
    """The short way for addresses without anything to mend gives what the long way gives."""
    address = "".join(pieces)

    def read() -> list[str | None]:
        single = (urls.unwrap, urls.canonical, urls.key, urls.docid, urls.host)
        return [urls.absolute(base, address), *(function(address) for function in single)]

    quick = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls, "_PLAIN", re.compile(r"(?!)"))
        assert read() == quick
