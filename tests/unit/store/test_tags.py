from __future__ import annotations

from aggregator.models import Found, Symbol
from aggregator.store import tags
from tests.support.writes import article


def test_tags_of_an_article() -> None:
    given = article(
        "a",
        symbols=(Symbol("600941.SH", Found.PROSE, "x"), Symbol("600941.SH", Found.API, "y")),
        categories=("金融", " ＡＢＣ "),
        outlet="第一财经",
    )
    assert tags.of(given) == {
        ("symbol", "600941.sh"),
        ("category", "金融"),
        ("category", "abc"),
        ("outlet", "第一财经"),
    }


def test_empty_words_are_no_tags() -> None:
    assert tags.of(article("a", categories=("", "  "), outlet="")) == set()
    assert tags.folded(["Ａ", "a", " ", "b"]) == ["a", "b"]
