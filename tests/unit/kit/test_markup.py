"""kit.markup: `<` before Chinese words is text, and real markup is left alone."""

from __future__ import annotations

import pytest

from aggregator.kit import markup


@pytest.mark.parametrize(
    ("html", "mended"),
    [
        ("《关于修改<样本条例>的决定》", "《关于修改&lt;样本条例>的决定》"),
        ("</样本条例>", "&lt;/样本条例>"),
        ("利率<3%，a < b", "利率&lt;3%，a &lt; b"),
        ("<ETF联接>与<LOF>", "&lt;ETF联接>与&lt;LOF>"),
        ("<iPhone 99>上市", "&lt;iPhone 99>上市"),
        ("<!中><?中?>", "&lt;!中>&lt;?中?>"),
        ("<p中>", "&lt;p中>"),
    ],
)
def test_signs_that_begin_no_markup_become_text(html: str, mended: str) -> None:
    assert markup.mend(html) == mended


@pytest.mark.parametrize(
    "html",
    [
        "<p>甲</p><BR/><img src=x>",
        "<P\nclass=a>甲</P>",
        "<!-- 甲 --><!DOCTYPE html><?xml version='1.0'?>",
        "<o:p>甲</o:p><wx-open id=a>",
        "<unknown value=1>",
        "<h1>甲</h1>",
        "&lt;条例&gt;",
    ],
)
def test_real_markup_is_left_alone(html: str) -> None:
    assert markup.mend(html) == html


def test_control_characters_go() -> None:
    assert markup.mend("甲\x00\x0b乙\ufffe") == "甲乙"


def test_references_to_control_characters_go_and_others_stay() -> None:
    html = "甲&#0;&#x1F;&#xD800;&#65534;&#x110000;&#99999999;&#x000000000001F;&#1乙&#20013;&#x4e2d;&#38;&amp;&#10;"
    assert markup.mend(html) == "甲乙&#20013;&#x4e2d;&#38;&amp;&#10;"


def test_a_tag_crowded_with_attributes_loses_them() -> None:
    crowd = " ".join(f'a{n}="1"' for n in range(5000))
    assert markup.mend(f"<p {crowd}>甲</p><img src='data:image/png;base64,{'A' * 90_000}'>").startswith(
        "<p>甲</p><img src="
    )


def test_fragment_loses_the_scaffold_of_a_document() -> None:
    html = "<html><head><title>t</title></head><body class='x'><![CDATA[<p>甲</p>]]></body></html><p>乙</p>"
    assert markup.fragment(html) == "<title>t</title><p>甲</p><p>乙</p>"


def test_fragment_keeps_names_that_begin_alike() -> None:
    assert markup.fragment("<header>甲</header>") == "<header>甲</header>"
