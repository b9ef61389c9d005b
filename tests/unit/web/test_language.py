from __future__ import annotations

import re
from importlib import resources
from string import Formatter

import pytest

from aggregator import web
from aggregator.web import chinese, english, language
from aggregator.web.language import CHINESE, ENGLISH
from tests.support import asgi, stories
from tests.support.stories import NOW, FakeBackend

TEMPLATES = resources.files("aggregator.web").joinpath("templates")
KEY = re.compile(r"""\bt\(\s*["']([^"']+)["']""")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_catalogues_have_the_same_keys_and_places() -> None:
    assert list(chinese.TEXTS) == list(english.TEXTS)
    for key, text in chinese.TEXTS.items():
        for one in english.TEXTS[key].split("|"):
            assert fields(one) <= fields(text), key
        assert text.strip()
        assert english.TEXTS[key].strip()


def test_templates_use_only_texts_that_exist() -> None:
    for template in TEMPLATES.iterdir():
        if template.name.endswith(".html"):
            for key in KEY.findall(template.read_text("utf-8")):
                assert key in chinese.TEXTS, (template.name, key)


def test_no_template_has_words_of_its_own() -> None:
    for template in TEMPLATES.iterdir():
        if template.name.endswith(".html"):
            source = re.sub(r"\{#.*?#\}", "", template.read_text("utf-8"), flags=re.DOTALL)
            assert not re.search(r"[\u3400-\u9fff]", source), template.name


def test_a_text_is_filled_in_and_counted() -> None:
    assert ENGLISH("list.outlets", n=1) == "1 outlet"
    assert ENGLISH("list.outlets", n=1200) == "1,200 outlets"
    assert CHINESE("list.outlets", n=3) == "3 家媒体"
    assert ENGLISH("listing.outlet", name="{n}|{name}") == "Outlet: {n}|{name}"  # a value is never read as a text
    with pytest.raises(KeyError):
        ENGLISH("no.such.text")


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW,en;q=0.5", "zh"),
        ("en;q=0.5,zh;q=0.8", "zh"),
        ("de,en;q=0.1", "en"),
        ("de", "zh"),
        ("*", "zh"),
        ("*;q=0.5,zh;q=0.1", "en"),
        ("en;q=0", "zh"),
        ("en;q=x,zh;q=nan", "zh"),
        (";;;=,,,\x00" * 50, "zh"),
        ("x" * 100_000, "zh"),
    ],
)
def test_accept_language(accepted: str, code: str) -> None:
    assert language.preferred(accepted).code == code


async def test_a_page_speaks_the_language_asked_for() -> None:
    app = web.create_app(FakeBackend(stories=stories.stories()), clock=lambda: NOW)
    chinese_page = await asgi.get(app, "/")
    english_page = await asgi.get(app, "/", {"accept-language": "en-US,en;q=0.9"})
    assert '<html lang="zh-CN"' in chinese_page.body.decode()
    body = english_page.body.decode()
    assert '<html lang="en"' in body
    assert "Latest stories" in body
    assert "Today · Mon 23 Nov" in body
    assert '<article lang="zh-CN">' in body
    assert english_page.headers["vary"] == "Accept-Encoding, Accept-Language, Cookie"
    assert "set-cookie" not in english_page.headers


async def test_the_switch_is_kept_in_a_cookie_and_in_links_without_one() -> None:
    app = web.create_app(FakeBackend(stories=stories.stories()), clock=lambda: NOW)
    switched = await asgi.get(app, "/?lang=en&q=%22%3Cx")
    kept = switched.headers["set-cookie"]
    assert kept.startswith("lang=en;")
    assert "samesite=lax" in kept.lower()
    body = switched.body.decode()
    assert re.search(r'href="/story/[0-9a-f-]+\?lang=en"', body)
    assert "?lang=en#carried" in body
    assert '"/?q=%22%3Cx&amp;lang=zh"' in body  # the switch back stays on this list
    again = await asgi.get(app, "/", {"cookie": "lang=en", "accept-language": "zh"})
    assert '<html lang="en"' in again.body.decode()
    assert re.search(r'href="/story/[0-9a-f-]+"', again.body.decode())
    odd = await asgi.get(app, "/?lang=%3Cscript%3E", {"cookie": 'lang="<script>; lang=xx'})
    assert '<html lang="zh-CN"' in odd.body.decode()
    assert "script>" not in odd.body.decode().replace("/script>", "").replace("<script src", "")
