"""extract.extract over invented pages of every kind that Sina serves, and of a site without rules."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator import extract
from aggregator.errors import ExtractError
from aggregator.models import Image, SiteRules
from tests.support.sites import cleaned, extracted, page, sina

PAGES = Path(__file__).parent.parent.parent / "data" / "pages"
DESKTOP = "https://finance.sina.com.cn/money/bond/2026-11-02/doc-inbbbbbb2000201.shtml"


def read(name: str) -> bytes:
    return (PAGES / name).read_bytes()


def test_desktop() -> None:
    found = extracted(read("desktop.html"), DESKTOP)
    assert found.extractor == "sina"
    assert found.title == "示例城投完成发行10亿元绿色债券"
    assert found.published == datetime(2026, 11, 2, 1, 30, 11, tzinfo=UTC)
    assert found.updated == datetime(2026, 11, 2, 2, 5, tzinfo=UTC)
    assert (found.outlet, found.author, found.docid) == ("示例债券网", None, "nbbbbbb2000201")
    assert found.canonical == DESKTOP
    assert found.aliases == ("https://finance.sina.cn/bond/2026-11-02/detail-inbbbbbb2000201.d.html",)
    assert found.keywords == ("绿色债券", "示例城投")  # not the meta keywords, which repeat the title
    assert found.lead_image is None  # og:image is the QR code
    assert "news_keyword_pub" in found.html
    assert "article-editor" in found.html
    assert "VIP课程推荐" not in found.html
    assert "不是正文" not in found.html
    assert "《&lt;示例市绿色交通&gt;规划》" in found.html


def test_old_page_in_gbk() -> None:
    address = "http://finance.sina.com.cn/china/20120305/090722222222.shtml"
    found = extracted(read("old_gbk.html"), address)
    assert found.title == "示例钢价连涨三周"
    assert found.published == datetime(2012, 3, 5, 1, 7, tzinfo=UTC)
    assert (found.outlet, found.docid) == ("示例冶金报", None)
    assert found.keywords == ("钢价", "螺纹钢")
    assert found.canonical == "https://finance.sina.com.cn/china/20120305/090722222222.shtml"
    assert "喆某称，镕钢集团" in found.html
    article = cleaned(found.html, url=found.canonical)
    assert (article.byline, article.editor, article.editor_code) == ("甲某某", None, "SN007")
    assert article.images == (Image("https://i2.sinaimg.cn/cj/2012/0305/x.jpg", "某钢厂车间。资料图"),)


def test_mobile_page_knows_its_desktop_twin() -> None:
    address = "https://finance.sina.cn/usstock/2026-11-02/detail-inbbbbbb2000202.d.html?vt=4&cid=1"
    found = extracted(read("mobile.html"), address)
    assert found.title == "美股盘前：示例期指小幅走高"
    assert found.canonical == "https://finance.sina.com.cn/stock/usstock/c/2026-11-02/doc-inbbbbbb2000202.shtml"
    assert found.aliases == ("https://finance.sina.cn/usstock/2026-11-02/detail-inbbbbbb2000202.d.html",)
    assert (found.docid, found.outlet) == ("nbbbbbb2000202", "示例环球")
    assert found.published == datetime(2026, 11, 2, 12, 15, 9, tzinfo=UTC)
    assert cleaned(found.html).text.splitlines() == ["周一盘前，示例期指上涨0.3%。", "示例走势图", "示例集团涨2%。"]


def test_mobile_date_beside_the_outlet() -> None:
    html = read("mobile.html").decode().replace('name="weibo: article:create_at"', 'name="x"')
    assert extracted(html).published == datetime(2026, 11, 2, 12, 15, tzinfo=UTC)


def test_slide_show() -> None:
    found = extracted(read("slide.html"), "http://slide.finance.sina.com.cn/slide_9_100_700002.html")
    assert (found.title, found.docid, found.keywords) == ("组图：示例港口夜景", "9-100-700002", ())
    assert found.published == datetime(2026, 11, 2, 10, 5, tzinfo=UTC)
    assert found.images == (
        Image("https://n.sinaimg.cn/s/1_ori.jpg", '夜色中的{港口}，"灯火"通明。'),
        Image("https://n.sinaimg.cn/s/2_950.jpg", "集装箱码头。"),
    )
    assert found.lead_image == "https://n.sinaimg.cn/s/1_ori.jpg"
    assert cleaned(found.html, images=found.images).images == found.images


@pytest.mark.parametrize("broken", ["var slide_data = {", 'var slide_data = {"images":3};', "var slide_data = null;"])
def test_broken_slide_data_is_an_error_in_words(broken: str) -> None:
    with pytest.raises(ExtractError, match="no article text found on the page"):
        extracted(f"<title>组图</title><script>{broken}</script>")


def test_article_with_player() -> None:
    found = extracted(read("video_article.html"))
    article = cleaned(found.html)
    assert found.title == "视频 | 示例论坛对话"
    assert article.text == "嘉宾表示，行业集中度将继续提高。"
    assert [(v.video_id, v.page) for v in article.videos] == [
        ("597000200", "https://video.sina.com.cn/view/597000200.html")
    ]


def test_video_page() -> None:
    html = """<title>示例访谈_新浪视频</title><meta name="description" content="示例嘉宾谈<行业>趋势。">
      <meta property="og:image" content="//p1.ivideo.sina.com.cn/x.jpg">
      <script>var x={video_id:'597000300',a:1}</script>"""
    found = extracted(html, "https://video.sina.com.cn/p/finance/2026-11-02/detail-inbbbbbb2000305.d.html")
    assert [(v.video_id, v.poster) for v in found.videos] == [("597000300", "https://p1.ivideo.sina.com.cn/x.jpg")]
    assert found.videos[0].page == "https://video.sina.com.cn/p/finance/2026-11-02/detail-inbbbbbb2000305.d.html"
    assert cleaned(found.html).text == "示例嘉宾谈<行业>趋势。"


def test_self_media_template() -> None:
    found = extracted(read("self_media.html"), "https://cj.sina.com.cn/articles/view/7000000002/1a13b8602001abcd")
    assert (found.extractor, found.outlet, found.docid) == ("sina", "示例号", None)
    assert "热门推荐" not in found.html


def test_a_selector_that_takes_page_chrome_along_is_passed_over() -> None:
    html = """<div class="article-body"><a>缩小字体</a><p>第一个选择器取到了整页。</p><p>QQ空间</p></div>
      <div class="article-content"><p>第二个选择器取到了正文。</p></div>"""
    assert extracted(html).html == "<p>第二个选择器取到了正文。</p>"


def test_chrome_in_parts_that_are_dropped_anyway_does_no_harm() -> None:
    html = '<div class="article-content"><p>正文在这里。</p><div class="most-read"><h2>热门推荐</h2></div></div>'
    assert "正文在这里" in extracted(html).html


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("challenge.html", "asks for verification"),
        ("gone.html", "there is no such article"),
        ("empty_body.html", "no article text found on the page (its title is “示例标题_新浪财经_新浪网”)"),
        ("list.html", "no article text found on the page"),
    ],
)
@pytest.mark.parametrize("address", [DESKTOP, "https://www.news.example/a"])
def test_a_page_without_article_is_an_error_in_words(name: str, words: str, address: str) -> None:
    with pytest.raises(ExtractError) as caught:
        extracted(read(f"refused/{name}"), address)
    assert words in str(caught.value)
    assert str(caught.value).startswith(address)


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b"<", "<html>", "纯文本"])
def test_what_is_hardly_a_page(body: bytes | str) -> None:
    with pytest.raises(ExtractError):
        extracted(body)


def test_a_list_of_links_is_no_article() -> None:
    rows = "".join(f"<li><a href='/a/{n}'>示例条目第{n}条，标题写得比较长一些</a></li>" for n in range(40))
    with pytest.raises(ExtractError):
        extracted(f"<title>列表</title><body><ul>{rows}</ul></body>", "https://www.news.example/list")


def test_site_without_rules() -> None:
    address = "http://www.news.example/2026/11/02/port.html?utm_source=feed"
    found = extracted(read("other/news_site.html"), address)
    assert (found.extractor, found.title) == ("generic", "示例港口吞吐量创新高")
    assert (found.author, found.outlet, found.docid) == ("甲某、乙某", "示例财经", None)
    assert found.published == datetime(2026, 11, 2, tzinfo=UTC)
    assert found.updated == datetime(2026, 11, 2, 1, tzinfo=UTC)
    assert found.canonical == "https://www.news.example/2026/11/02/port.html"
    assert found.keywords == ("港口", "吞吐量")
    assert found.lead_image == "http://www.news.example/img/lead.jpg"
    article = cleaned(found.html, rules=SiteRules("none"), title=found.title, url=found.canonical)
    assert article.text.splitlines()[0].startswith("示例港务集团周一公布")
    assert "《<示例港总体规划>修订稿》" in article.text
    assert "散货\t-1.2%" in article.text
    assert "要点二：联运占比提升" in article.text
    assert "版权所有" not in article.text
    assert "首页" not in article.text
    assert [image.url for image in article.images] == ["http://www.news.example/img/port.jpg"]
    assert '<a href="http://www.news.example/notice/1"' in article.html
    assert "<strong>铁水联运</strong>" in article.html


def test_rules_choose_by_host() -> None:
    exact = SiteRules("exact", hosts=("finance.sina.com.cn",))
    other = SiteRules("other", hosts=("news.example", ".example.org"))
    sites = [sina(), other, exact]
    assert extract.rules_for("https://finance.sina.com.cn/x", sites) is exact
    assert extract.rules_for("https://tech.sina.com.cn/x", sites) is sina()
    assert extract.rules_for("https://sina.cn/x", sites) is sina()
    assert extract.rules_for("https://a.b.example.org/x", sites) is other
    assert extract.rules_for("https://notsina.com.cn/x", sites) is None
    assert extract.rules_for("https://sub.news.example/x", sites) is None
    assert extract.rules_for(None, sites) is None
    assert extract.rules_for("not an address", sites) is None


def test_zone_is_used_for_dates_without_one() -> None:
    html = '<div id="artibody">正文内容。</div><span id="pub_date">2026-11-02 09:30</span>'
    assert extract.extract(page(html), [sina()], zone="UTC").published == datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
