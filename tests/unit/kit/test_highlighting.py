from __future__ import annotations

import random
import time
import unicodedata

import pytest

from aggregator.kit import highlighting, querying
from tests.support import searched
from tests.support.writes import NOW


def shown(pieces: list[tuple[str, bool]]) -> str:
    return "".join(f"[{piece}]" if hit else piece for piece, hit in pieces)


@pytest.mark.parametrize(
    ("words", "query", "marked"),
    [
        ("央行今日降准", "降准", "央行今日[降准]"),
        ("央行今日降准", "行", "央[行]今日降准"),
        ("央行央行", "央行", "[央行央行]"),
        ("央行降准", "央行 行降", "[央行降]准"),
        ("央行，降准", '"央行降准"', "央行，降准"),
        ("央行，降准", '"央行 降准"', "[央行，降准]"),
        ("中國證券報", "证券", "中國[證券]報"),
        ("中国证券报", "證券", "中国[证券]报"),
        ("ＭＬＦ操作", "mlf", "[ＭＬＦ]操作"),
        ("Mlfs and MLF", "mlf", "Mlfs and [MLF]"),
        ("净利１２.５亿", "12.5", "净利[１２.５]亿"),
        ("净利12.5亿", "12", "净利12.5亿"),
        ("净利12.5亿", "5", "净利12.5亿"),
        ("㏒①㈱测试", "测试", "㏒①㈱[测试]"),
        ("共①个", "1", "共[①]个"),
        ("e\u0301té café", "été", "[e\u0301té] café"),
        ("👩‍👩‍👧央行🇨🇳", "央行", "👩‍👩‍👧[央行]🇨🇳"),
        ("", "央行", ""),
        ("央行", "", "央行"),
        ("央行", "-央行", "央行"),
        ("<b>央行</b>", "央行", "<b>[央行]</b>"),
        ("a.b*c(", '"b*c"', "a.[b*c]("),
    ],
)
def test_a_title_is_marked_where_the_index_finds_it(words: str, query: str, marked: str) -> None:
    assert shown(highlighting.title(words, querying.parse(query, NOW))) == marked


def test_words_for_the_title_are_not_marked_in_the_text() -> None:
    query = querying.parse("title:央行 降准", NOW)
    assert shown(highlighting.title("央行降准", query)) == "[央行降准]"
    assert shown(highlighting.snippet("央行降准", query)) == "央行[降准]"


def test_a_snippet_is_cut_at_a_sentence_where_the_words_lie_together() -> None:
    words = "央行。" + "无关的一句话。" * 60 + "今日央行宣布降准，释放资金。" + "又一句话。" * 60
    told = shown(highlighting.snippet(words, querying.parse("央行 降准", NOW), 60))
    assert "今日[央行]宣布[降准]，释放资金。" in told
    assert told.startswith("…")
    assert told.endswith("…")
    assert len(told.replace("[", "").replace("]", "")) <= 60
    assert shown(highlighting.snippet(words, querying.parse("feed:a", NOW), 20)).startswith("央行。无关的")
    assert shown(highlighting.snippet("第一行\n第二行", querying.parse("二行", NOW))) == "第一行 第[二行]"


def test_pieces_make_the_text_again_and_no_character_is_cut() -> None:
    chance = random.Random(1)
    odd = ["e\u0301", "👩‍👩‍👧", "🇨🇳", "Ａ", "①", "證", "\u200d", "ﬃ", "央\ufe00", "\r\n", "İ", "ß", "각"]
    for _ in range(300):
        pieces = [searched.prose(chance, 2), *chance.choices(odd, k=chance.randrange(12))]
        chance.shuffle(pieces)
        words = "".join(pieces)
        query = querying.parse(searched.query(chance), NOW)
        assert "".join(piece for piece, _ in highlighting.title(words, query)) == words
        for most in (1, 5, 30, 120):
            told = highlighting.snippet(words, query, most)
            kept = "".join(piece for piece, _ in told).strip("…")
            assert kept in words.replace("\n", " ")
            inner = [piece for piece, _ in told if piece != "…"]
            # A mark that had nothing before it is nobody's.
            assert all(not unicodedata.combining(piece[0]) for piece in inner if not words.startswith(piece))


def test_what_is_marked_is_what_the_index_holds() -> None:
    """Every wanted word of an article that meets a query is marked in its title or its text."""
    chance = random.Random(5)
    met = 0
    for one in searched.articles(chance, 300, NOW):
        for _ in range(6):
            query = querying.parse(searched.query(chance), NOW)
            if not query.wanted or not all(searched.holds(one, word) for word in query.words + query.phrases):
                continue
            for word in query.words + query.phrases:
                alone = querying.parse(f'"{word}"', NOW)
                marked = highlighting.title(one.title, alone) + highlighting.title(one.text, alone)
                assert any(hit for _, hit in marked), (word, one.title, one.text)
                met += 1
    assert met > 20


def test_large_texts_and_searches_take_bounded_time() -> None:
    query = querying.parse(" ".join(f"词{number}" for number in range(50)), NOW)
    began = time.process_time()
    highlighting.snippet("词1央行，。" * 200_000, query)
    highlighting.title("①词1 " * 50_000, query)
    assert time.process_time() - began < 20
