from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.kit import difference
from aggregator.kit.difference import Kind, Piece

A = "样本能源周五公告，拟投资12.5亿元在样城建设储能工厂。预计2028年投产。建设资金由公司自筹，不涉及募集资金。"


def told(old: str, new: str) -> str:
    marks = {Kind.SAME: "{}", Kind.GONE: "[-{}-]", Kind.NEW: "{{+{}+}}"}
    return "".join(marks[kind].format(text) for kind, text in difference.pieces(old, new))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("一样。", "一样。", "一样。"),
        ("投资12.5亿元", "投资12.6亿元", "投资[-12.5-]{+12.6+}亿元"),
        ("增长8.3%。", "增长-8.3%。", "增长[-8.3%-]{+-8.3%+}。"),
        ("公司拟投资。", "公司拟在样城投资。", "公司拟{+在样城+}投资。"),
        ("甲。乙。丙。", "甲。丙。", "甲。[-乙。-]丙。"),
        ("", "新段落。", "{+新段落。+}"),
        ("旧段落。", "", "[-旧段落。-]"),
        ("The deal closed on Monday.", "The deal closed on Tuesday.", "The deal closed on [-Monday-]{+Tuesday+}."),
        ("甲公司涨，乙公司跌", "丙工厂的升与丁工厂降", "[-甲公司涨，乙公司跌-]{+丙工厂的升与丁工厂降+}"),
    ],
)
def test_a_paragraph(old: str, new: str, shown: str) -> None:
    assert told(old, new) == shown


def test_a_sentence_changed_in_a_long_paragraph_shows_only_its_change() -> None:
    long = "".join(f"第{number}项指标为{number * 7}，与上期相比变化不大。" for number in range(200))
    new = long.replace("第150项指标为1050，", "第150项指标上修为1055，")
    changed = [piece for piece in difference.pieces(long, new) if piece.kind is not Kind.SAME]
    assert changed == [Piece(Kind.NEW, "上修"), Piece(Kind.GONE, "1050"), Piece(Kind.NEW, "1055")]


def test_paragraphs_find_their_partners() -> None:
    old = ["开头不变。", A, "第三段谈海外订单，占比三成。", "结尾不变。"]
    new = ["开头不变。", "全新的一段，讲别的事情。", A.replace("12.5", "13.5"), "结尾不变。", "责编补充说明。"]
    rows = difference.rows(old, new)
    assert [(row.old, row.new, row.changed) for row in rows] == [
        (1, 1, False),
        (None, 2, True),
        (2, 3, True),
        (3, None, True),
        (4, 4, False),
        (None, 5, True),
    ]
    assert [piece for piece in rows[2].pieces if piece.kind is not Kind.SAME] == [
        Piece(Kind.GONE, "12.5"),
        Piece(Kind.NEW, "13.5"),
    ]


def test_blanks_change_no_paragraph() -> None:
    assert not any(row.changed for row in difference.rows(["　　甲 乙", "丙"], ["甲乙", "丙 "]))


LINE = st.text(alphabet="甲乙丙丁1.5%。，a ", max_size=30)


@settings(max_examples=300)
@given(LINE, LINE)
def test_pieces_give_both_texts_back(old: str, new: str) -> None:
    made = difference.pieces(old, new)
    assert "".join(text for kind, text in made if kind is not Kind.NEW) == old
    assert "".join(text for kind, text in made if kind is not Kind.GONE) == new
    assert all(text for _, text in made)


@settings(max_examples=200)
@given(st.lists(LINE.filter(str.strip), max_size=8), st.lists(LINE.filter(str.strip), max_size=8))
def test_rows_hold_every_paragraph_once_and_in_order(old: list[str], new: list[str]) -> None:
    rows = difference.rows(old, new)
    assert [row.old for row in rows if row.old] == list(range(1, len(old) + 1))
    assert [row.new for row in rows if row.new] == list(range(1, len(new) + 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("甲乙丙丁" * 20_000, "丁丙乙甲" * 20_000),
        ("\n".join(f"{n}号" for n in range(3_000)), "\n".join(f"{n}吨" for n in range(3_000))),
        ("，".join(str(n) for n in range(30_000)), "，".join(str(n + 1) for n in range(30_000))),
    ],
)
def test_hostile_texts_cost_little(old: str, new: str) -> None:
    started = time.process_time()
    difference.rows(old.splitlines(), new.splitlines())
    assert time.process_time() - started < 3
