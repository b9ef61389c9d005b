"""clean.related and clean.headline: link boxes leave, prose in boxes stays; a repeated headline goes."""

from __future__ import annotations

import pytest

from tests.support.sites import cleaned

ONE = "https://finance.sina.com.cn/china/2026-10-16/doc-intaaqwi2000111.shtml"
TWO = "https://finance.sina.com.cn/china/2026-10-16/doc-intaaqwi2000222.shtml"
LINKS = (("相关一：样本", ONE), ("相关二", TWO))
ROWS = f"<p>　　<a href='{ONE}?from=x' title=t>相关一：样本</a></p><p>2、<a href='{TWO}'>相关二</a></p>"
PROSE = "<p>正文第一段。</p>"


@pytest.mark.parametrize(
    "html",
    [
        f'<blockquote class="fin_reference"><p>　　【相关报道】</p>{ROWS}</blockquote>{PROSE}',
        f'<blockquote class="fin_reference">{ROWS}</blockquote>{PROSE}',
        f"{PROSE}<p>相关阅读：</p>{ROWS}",
        f"{PROSE}<p><b>【延伸阅读】</b></p><ul><a href={ONE}>{LINKS[0][0]}</a><li><a href={TWO}>相关二</a></ul>",
        f"{PROSE}<blockquote><p>相关新闻</p>{ROWS}</blockquote>",
    ],
)
def test_boxes_of_links_become_pairs(html: str) -> None:
    article = cleaned(html)
    assert (article.html, article.related) == (PROSE, LINKS)


@pytest.mark.parametrize(
    "html",
    [
        f'<blockquote class="fin_reference"><p>内容摘要：样本公布业绩，见<a href="{ONE}">公告</a>。</p></blockquote>',
        f"<blockquote><p><a href='{ONE}'>一句带链接的引语。</a></p></blockquote>",
        "<p>延伸阅读看过来，规则亮点逐个数</p><p>后文。</p>",
        "<p>【相关报道】</p><p>没有链接的段落。</p>",
    ],
)
def test_prose_stays(html: str) -> None:
    article = cleaned(html)
    assert article.related == ()
    assert len(article.text) > 8


TITLE = "样本公司：三季度净利润增35%"


@pytest.mark.parametrize(
    "first",
    [
        f"<p>{TITLE}</p>",
        f"<p>　　<strong>{TITLE}</strong></p>",
        "<h1>样本公司 三季度净利润增３５％</h1>",
        f"<p>来源：样本网</p><p>{TITLE}</p>",
        f"<p>{TITLE}</p><p>{TITLE}</p>",
    ],
)
def test_a_repeated_headline_goes(first: str) -> None:
    assert cleaned(first + PROSE, title=TITLE).html == PROSE


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{TITLE}</p>",
        f"<p>{TITLE}，超出预期。</p>{PROSE}",
        f"{PROSE}<p>{TITLE}</p>",
    ],
)
def test_what_is_no_repeated_headline_stays(html: str) -> None:
    assert "三季度净利润增35%" in cleaned(html, title=TITLE).text


def test_without_title_nothing_is_a_headline() -> None:
    assert cleaned("<p>——</p><p>甲</p>", title="").text.splitlines() == ["——", "甲"]
