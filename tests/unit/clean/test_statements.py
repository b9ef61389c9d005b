"""clean.statements: what a line states, and that prose states nothing."""

from __future__ import annotations

import pytest

from aggregator.clean import statements


@pytest.mark.parametrize(
    ("line", "stated"),
    [
        ("来源：样本日报", [("outlet", "样本日报")]),
        ("　　來源：樣本日報", [("outlet", "樣本日報")]),
        ("（来源：样本通讯社）", [("outlet", "样本通讯社")]),
        ("来源:样本网", [("outlet", "样本网")]),
        ("来源 | 样本证券报", [("outlet", "样本证券报")]),
        ("文章来源：《样本周刊》", [("outlet", "样本周刊")]),
        ("转自：样本客户端", [("outlet", "样本客户端")]),
        ("来源：样本日报 作者：甲某某", [("outlet", "样本日报"), ("author", "甲某某")]),
        ("来源：样本日报　　记者 甲某某", [("outlet", "样本日报")]),
        ("来源：", [("outlet", "")]),
        ("作者：甲某某", [("author", "甲某某")]),
        ("文/甲某 乙某某", [("author", "甲某 乙某某")]),
        ("文丨甲某某", [("author", "甲某某")]),
        ("文 | 甲某某  编辑 | 乙某", [("author", "甲某某"), ("subeditor", "乙某")]),
        ("记者：甲某 乙某", [("author", "甲某 乙某")]),
        ("责任编辑：甲某 SF001 ", [("editor", "甲某 SF001")]),
        ("責任編輯：甲某", [("editor", "甲某")]),
        ("(编辑：SN1)", [("subeditor", "SN1")]),
        ("责编：甲某 校对：乙某", [("editor", "甲某"), ("credit", "乙某")]),
        ("原标题：样本公司：三季度“开门红”？", [("original title", "样本公司：三季度“开门红”？")]),
        ("原标题：数据来源：谁在说", [("original title", "数据来源：谁在说")]),
        ("（原题为《样本标题之二》）", [("original title", "样本标题之二")]),
        ("原标题：甲乙丙  来源：样本网", [("original title", "甲乙丙"), ("outlet", "样本网")]),
    ],
)
def test_a_line_of_statements(line: str, stated: list[tuple[str, str]]) -> None:
    assert [(str(s.kind), s.value) for s in statements.parse(line)] == stated


@pytest.mark.parametrize(
    "line",
    [
        "",
        "来源于样本地区的订单增长最快。",
        "收入来源：公司的收入主要有三个方面。",
        "数据来源：样本数据库",
        "图片来源：样本图库",
        "资料来源：样本研究院",
        "来源：公司公告显示，去年净利润增长。预计今年持平。",
        "来源：https://www.example.com/a",
        "作者认为，市场已经见底。",
        "作者为样本大学教授",
        "文章指出：甲乙丙丁",
        "文：本次会议讨论了多个议题和方案",
        "记者：您怎么看今年的市场？",
        "记者：请谈谈看法",
        "记者注意到：多家公司公告",
        "编辑部：我们不接受投稿和任何形式的付费宣传，也不会委托任何机构代为收取费用，请读者注意甄别并及时举报",
        "他说：来源：样本",
    ],
)
def test_prose_states_nothing(line: str) -> None:
    assert statements.parse(line) == []


@pytest.mark.parametrize(
    ("value", "name", "code"),
    [
        ("甲某某 SF014", "甲某某", "SF014"),
        ("甲某某 ", "甲某某", None),
        ("SN1", None, "SN1"),
        ("甲某SN001", "甲某", "SN001"),
        ("（甲某）", "甲某", None),
        ("样本编辑 SF001", "样本编辑", "SF001"),
        ("John Doe", "John Doe", None),
        ("", None, None),
    ],
)
def test_editor_and_code(value: str, name: str | None, code: str | None) -> None:
    assert statements.editor_and_code(value) == (name, code)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("样本经济报道记者 甲某 实习生 乙某某 北京报道", "甲某 实习生 乙某某"),
        ("■ 样本记者 甲某某", "甲某某"),
        ("（样本台记者 甲某某）", "甲某某"),
        ("本报记者 甲某某 乙某", "甲某某 乙某"),
        ("记者 甲某、乙某 上海报道", "甲某、乙某"),
        ("样本时报首席记者 甲某", "甲某"),
    ],
)
def test_byline(line: str, names: str) -> None:
    assert statements.byline(line) == names


@pytest.mark.parametrize(
    "line",
    [
        "样本报记者 从有关部门获悉",
        "记者 提问",
        "有记者提问：如何评价？",
        "记者了解到，市场平稳",
        "答记者问",
        "记者会 现场",
        "本报记者 甲某 昨日走访了多家门店，发现客流明显回升",
    ],
)
def test_no_byline(line: str) -> None:
    assert statements.byline(line) is None


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("……将持续推进。（样本台记者 甲某某 乙某 丙某某）", "甲某某 乙某 丙某某"),
        ("样本社北京1月1日电（记者甲某某）某部门发布消息", "甲某某"),
        ("样本社电（记者 甲某、乙某某）", "甲某、乙某某"),
        ("（记者注：此处略）", None),
        ("（记者提问）", None),
        ("（完）", None),
        ("（截至发稿，记者未获回复）", None),
    ],
)
def test_byline_in_brackets(words: str, names: str | None) -> None:
    assert statements.bracketed_byline(words) == names


@pytest.mark.parametrize(
    ("words", "agency"),
    [
        ("新华社北京3月22日电（记者甲某）", "新华社"),
        ("（新华社上海22日电）", "新华社"),
        ("中新网3月2日电 某地", "中新网"),
        ("新华社记者获悉", None),
        ("据新华社北京3月22日电", None),
    ],
)
def test_agency(words: str, agency: str | None) -> None:
    assert statements.agency(words) == agency


def test_adlist_states_origin_and_credits() -> None:
    assert statements.of_adlist("(本文来自样本新闻，更多原创资讯请下载“样本新闻”APP)") == ("样本新闻", {})
    assert statements.of_adlist("校对：甲某\n流程编辑：乙某") == (None, {"校对": "甲某", "流程编辑": "乙某"})
    assert statements.of_adlist("来源：样本日报") == ("样本日报", {})
    assert statements.of_adlist("更多精彩内容请关注样本") == (None, {})
