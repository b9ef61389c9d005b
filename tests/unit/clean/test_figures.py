"""clean.figures: every picture in its figure, none that is no content."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from aggregator.clean import figures, tree
from aggregator.clean.draft import Draft
from aggregator.models import Image, SiteRules
from tests.support.sites import cleaned

A = "https://n.sinaimg.cn/a.png"


def figure(caption: str = "", src: str = A, alt: str = "") -> str:
    words = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure><img src="{src}" alt="{alt}">{words}</figure>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<div class="img_wrapper"><img id="0" style="max-width:640px" src="//n.sinaimg.cn/a.png">'
            '<span class="img_descr">图一</span></div>',
            figure("图一"),
        ),
        (
            f'<div class="img_wrapper"><img src="{A}" alt="图甲"><span class="img_descr"></span></div>',
            figure(alt="图甲"),
        ),
        (
            "<P align=center><IMG src='http://n.sinaimg.cn/a.png' border=1><BR><FONT class=f12>图二。样本摄</FONT>",
            figure("图二。样本摄"),
        ),
        (
            '<figure class="art_img_mini"><img src="data:image/gif;base64,R0lGOD" data-src="//n.sinaimg.cn/a.png">'
            '<h2 class="art_img_tit">图三</h2></figure>',
            figure("图三"),
        ),
        (f"<figure><img src={A}><figcaption>图四</figcaption></figure>", figure("图四")),
        (f"<p><a href='/big.png'><img src={A}></a></p>", figure()),
        (f"<p>前文<strong><img src={A}></strong>后文</p>", f"<p>前文</p>\n{figure()}\n<p>后文</p>"),
        (f"<p>前文<img src={A}>后文</p>", f"<p>前文</p>\n{figure()}\n<p>后文</p>"),
        (f"<img src={A}>", figure()),
        ("<img srcset='//n.sinaimg.cn/a.png 1x, /b.png 2x'>", figure()),
        (f"<picture><source srcset=/x.webp><img src={A}></picture>", figure()),
        (f"<img data-original={A} src=/blank.gif>", figure()),
        (f"<img src='data:image/gif;base64,AA'><noscript><img src={A}></noscript>", figure()),
        (f"<img data-src={A} src=/b.gif><noscript><img src={A}></noscript>", figure()),
        ("<img src=' /img/a b.png '>", figure(src="https://finance.sina.com.cn/img/a%20b.png")),
        ("<img src='http://a.example/a.png'>", figure(src="http://a.example/a.png")),
        (
            f"<div class=img_wrapper><img src={A}><img src=/b.png><span class=img_descr>两图</span></div>",
            f"{figure()}\n{figure('两图', 'https://finance.sina.com.cn/b.png')}",
        ),
        (
            f"<table><tr><td><img src={A}></td></tr></table>",
            f"<table><tbody><tr><td>{figure()}</td></tr></tbody></table>",
        ),
        (
            f'<img src={A} width="550" height="300px">',
            f'<figure><img src="{A}" alt="" width="550" height="300"></figure>',
        ),
    ],
)
def test_picture(html: str, expected: str) -> None:
    assert cleaned(html).html == expected


@pytest.mark.parametrize(
    "html",
    [
        "<img src='data:image/png;base64,iVBOR'>",
        "<img src='javascript:alert(1)'>",
        "<img>",
        "<img src=/c.gif width=1 height=1>",
        '<img src="//n.sinaimg.cn/finance/cece9e13/20200514/1.png">',
        '<img src="https://n.sinaimg.cn/finance/512/w256h256/20200716/kaihu.png">',
        '<img src="https://n.sinaimg.cn/finance/512/w256h256/20200716/e1.png">',
        '<img src="https://n.sinaimg.cn/default/wx_poster_finance1.png">',
        '<div class="img_wrapper"><img src="//n.sinaimg.cn/x/appendQr.png"><span class="img_descr">扫码</span></div>',
    ],
)
def test_what_is_no_picture_of_the_article_goes_with_its_caption(html: str) -> None:
    article = cleaned("<p>正文。</p>" + html, image="https://n.sinaimg.cn/finance/cece9e13/1.png")
    assert (article.html, article.image, article.images) == ("<p>正文。</p>", None, ())


def test_a_figure_around_a_table_keeps_both() -> None:
    html = f"<figure><img src={A}><table><tr><td>格</td></tr></table></figure>"
    assert cleaned(html).html == f"{figure()}\n<table><tbody><tr><td>格</td></tr></tbody></table>"


def test_pictures_are_listed_with_caption_and_size() -> None:
    article = cleaned(
        f"<div class=img_wrapper><img src={A} width=550><span class=img_descr>图一</span></div><img src=/b.png>"
    )
    assert article.images == (Image(A, "图一", 550, None), Image("https://finance.sina.com.cn/b.png"))
    assert article.image == A


def test_the_first_picture_of_the_body_leads_before_a_stated_one() -> None:
    stated = "https://n.sinaimg.cn/stated.png"
    assert cleaned(f"<img src={A}>", image=stated).image == A
    assert cleaned("<p>文</p>", image=stated).image == stated


def test_stated_pictures_stand_in_where_the_body_has_none() -> None:
    stated = (
        Image("http://n.sinaimg.cn/finance/cece9e13/qr.png"),
        Image("//n.sinaimg.cn/s.png", "说明"),
        Image("data:image/png;base64,AA"),
    )
    article = cleaned("<p>文</p>", images=stated)
    assert article.images == (Image("https://n.sinaimg.cn/s.png", "说明"),)
    assert article.image == "https://n.sinaimg.cn/s.png"


def test_pictures_in_one_element_of_a_line_keep_their_order() -> None:
    sources = [f"https://n.sinaimg.cn/{name}.png" for name in "abc"]
    html = f"<p><strong>甲<img src={sources[0]}>乙<img src={sources[1]}></strong>丙<img src={sources[2]}>丁</p>"
    article = cleaned(html)
    assert [image.url for image in article.images] == sources
    assert article.html.endswith(f"{figure(src=sources[1])}\n<p>丙</p>\n{figure(src=sources[2])}\n<p>丁</p>")


def work(html: str) -> int:
    """Lines of Python that run while the pictures get their figures."""
    draft = Draft(tree.parse(html), "题", "https://news.example/a", SiteRules("none"))
    lines = 0

    def count(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        figures.frame(draft)
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize(
    ("before", "each", "after"),
    [
        ("", "<img src=/{}.png>", ""),
        ("<p><strong>", "<img src=/{}.png>", "</strong></p>"),
        ("<div class=img_wrapper>", "<img src=/{}.png>", "<span class=img_descr>图</span></div>"),
        ("<div>", "<img src=/{}.png><span class=img_descr>图</span>", "</div>"),
        ("<div>", "<p>甲</p><a href=/x><img src=/{}.png></a>", "</div>"),
        ("<div>" + "<p>甲</p><span>乙</span>" * 60, "<img src=/{}.png>", "</div>"),
    ],
)
def test_work_grows_with_the_number_of_pictures_not_with_its_square(
    monkeypatch: pytest.MonkeyPatch, before: str, each: str, after: str
) -> None:
    monkeypatch.setattr(figures, "_MOST_HELD", 20)  # the bound that many pictures are held to, so that fewer show it
    few, many = (
        work(before + "".join(each.replace("{}", str(number)) for number in range(count)) + after)
        for count in (50, 200)
    )
    assert many < 6 * few
