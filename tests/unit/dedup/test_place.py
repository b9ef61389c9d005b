"""dedup.place: which stories are the same, in any order of arrival."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.dedup import fingerprint, identity, place
from aggregator.models import Neighbour, Place, StoryKey

AT = datetime(2026, 8, 1, 2, 0, tzinfo=UTC)  # ten o'clock in Beijing
PRINT = 0x0123_4567_89AB_CDEF
FAR = PRINT ^ ((1 << 40) - 1)


def neighbour(title: str, at: datetime = AT, fp: int | None = PRINT, length: int = 500) -> Neighbour:
    return Neighbour(identity.story_key(title, at), title, at, fp, length)


def flipped(bits: int) -> int:
    return PRINT ^ ((1 << bits) - 1)


def kin(title: str, *around: Neighbour, at: datetime = AT, fp: int | None = PRINT, length: int = 500) -> list[str]:
    return [reason for _, reason in place.place(title, at, fp, length, around).kin]


def test_alone() -> None:
    assert place.place("沪指收涨", AT, PRINT, 500, []) == Place(identity.story_key("沪指收涨", AT))


def test_same_title_and_day_is_the_same_key_whatever_the_text() -> None:
    placed = place.place("快讯：沪指收涨", AT, FAR, 900, [neighbour("沪指收涨", AT + timedelta(hours=9))])
    assert placed.key == identity.story_key("沪指收涨", AT)
    assert placed.kin == ()
    assert placed.differs


@pytest.mark.parametrize(("fp", "differs"), [(PRINT, False), (flipped(24), False), (flipped(25), True), (None, False)])
def test_differs_where_the_texts_clearly_do(fp: int | None, differs: bool) -> None:
    assert place.place("沪指收涨", AT, fp, 500, [neighbour("沪指收涨")]).differs is differs


MIDNIGHT = datetime(2026, 8, 1, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (timedelta(minutes=1), timedelta(minutes=1), True),
        (timedelta(hours=3), timedelta(hours=3), True),
        (timedelta(hours=3), timedelta(hours=3, seconds=1), False),
        (timedelta(hours=12), timedelta(hours=12), False),
    ],
)
def test_midnight(before: timedelta, after: timedelta, same: bool) -> None:
    for fp in (PRINT, FAR, None):
        late, early = neighbour("收评：沪指收涨", MIDNIGHT - before), neighbour("收评：沪指收涨", MIDNIGHT + after)
        for new, old in ((late, early), (early, late)):
            placed = place.place(new.title, new.at, fp, 500, [old])
            assert placed.key == new.key
            assert placed.kin == (((old.key, "midnight"),) if same else ())


def test_a_column_of_the_next_day_is_another_story_even_with_the_same_text() -> None:
    assert kin("早盘提示", neighbour("早盘提示", AT - timedelta(days=1))) == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("广发中证500指数基金获批", "广发中证500指数基金获批发行"),
        ("中银行业优选基金获准发行", "中银行业优选灵活配置混合型基金获准发行"),
        ("国新办：就样本问题举行发布会", "国新办：就样本问题举行发布会 全文来了"),
        ("样本公司回应传闻", "最新回应！样本公司回应传闻"),
        ("美联储维持0-0.25%利率区间不变", "美联储维持0-0.25%基准利率区间不变"),
    ],
)
def test_near_duplicates(a: str, b: str) -> None:
    for fp in (PRINT, flipped(fingerprint.NEAR)):
        assert kin(a, neighbour(b), fp=fp) == ["near"]
        assert kin(b, neighbour(a, AT - timedelta(hours=47)), fp=fp) == ["near"]


def test_a_rewritten_title_asks_for_an_equal_text() -> None:
    a, b = "权威消息来了", "有关部门通报样本事件调查结果"
    assert kin(a, neighbour(b), fp=flipped(fingerprint.REWRITTEN)) == ["near"]
    assert kin(a, neighbour(b), fp=flipped(fingerprint.REWRITTEN + 1)) == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("股市在线：6月22日股市早班车", "股市在线：6月2日股市早班车"),
        ("港股认股证总成交金额60.35亿港元", "港股认股证总成交金额78.35亿港元"),
        ("华尔街早餐：周二美股盘前必读", "华尔街早餐：周四美股盘前必读"),
        ("美国5月新屋销售月率为-0.6%", "美国5月新屋销售月率为0.6%"),
        ("兴业全球基金获批专户理财资格", "上投摩根基金获批专户理财资格"),
        ("上期所发布国庆期间风控措施", "上期所发布五一节期间风控措施"),
        ("建国60周年建筑师：维思平陈宇威", "建国60周年建筑师：维思平程清"),
        ("样本公司上调指引", "样本公司下调指引"),
        ("样本公司批准重组", "样本公司终止批准重组"),
        ("样本股份获增持", "样本股份获股东增持并减持"),
        ("沪指开盘", "沪指收盘"),
        ("沪指开盘上涨", "沪指上涨"),
        ("沪指午后上涨", "沪指上涨"),
        ("样本公司公告涨价", "样本公司公告涨价3%"),
        ("样本公司公告涨价3%", "样本公司公告涨价3"),
        ("样本公司第一大股东变更", "样本公司第二大股东变更"),
        ("样本公司未获批准", "样本公司获批准"),
        ("一季度样本数据", "三季度样本数据"),
        ("样本公司获批", "样本公司再获批"),
        ("证监会核准样本甲非公开发行股票", "样本乙丙非公开发行获证监会核准"),
        ("中国起诉美国", "美国起诉中国"),
    ],
)
def test_titles_that_forbid_a_merge_under_equal_texts(a: str, b: str) -> None:
    assert kin(a, neighbour(b)) == []
    assert kin(b, neighbour(a)) == []


TITLE, LONGER = "样本公司回应传闻", "样本公司回应市场传闻"


def test_limits_of_near() -> None:
    assert kin(TITLE, neighbour(LONGER)) == ["near"]
    assert kin(TITLE, neighbour(LONGER), fp=flipped(fingerprint.NEAR + 1)) == []
    assert kin(TITLE, neighbour(LONGER), fp=None) == []
    assert kin(TITLE, neighbour(LONGER, fp=None)) == []
    assert kin(TITLE, neighbour(LONGER, AT - timedelta(hours=48, seconds=1))) == []
    assert kin(TITLE, neighbour(LONGER, AT + timedelta(hours=48))) == ["near"]
    assert kin(TITLE, neighbour(LONGER, length=626)) == []
    assert kin(TITLE, neighbour(LONGER, length=399)) == []
    assert place.place(TITLE, AT, PRINT, 500, [neighbour(LONGER)], near=False).kin == ()


def test_kin_are_named_once_and_sorted() -> None:
    around = [
        neighbour(LONGER),
        neighbour(LONGER),
        neighbour("样本公司公开回应传闻了"),
        neighbour("样本公司公开回应传闻"),
    ]
    placed = place.place(TITLE, AT, PRINT, 500, around)
    assert [key.title_key for key, _ in placed.kin] == [
        "样本公司公开回应传闻",
        "样本公司公开回应传闻了",
        "样本公司回应市场传闻",
    ]


def test_splitting_articles_that_differ() -> None:
    first = neighbour("公告")
    placed = place.place("公告", AT, FAR, 500, [first], split_differing=True)
    assert placed.key != first.key
    assert placed.key.day == first.key.day
    assert not placed.differs
    second = Neighbour(placed.key, "公告", AT, FAR, 500)
    again = place.place("公告", AT, FAR ^ 1, 500, [first, second], split_differing=True)
    assert again.key == placed.key
    assert again.kin == ()
    assert place.place("公告", AT, PRINT ^ 1, 500, [first], split_differing=True).key == first.key


Arrival = tuple[str, datetime, int | None, int]


def stories(arrivals: tuple[Arrival, ...]) -> frozenset[frozenset[StoryKey]]:
    """The stories that come out when articles arrive in this order and keys of a Place are joined."""
    around: list[Neighbour] = []
    groups: list[set[StoryKey]] = []
    for title, at, fp, length in arrivals:
        placed = place.place(title, at, fp, length, around)
        around.append(Neighbour(placed.key, title, at, fp, length))
        joined = {placed.key, *(key for key, _ in placed.kin)}
        for group in [g for g in groups if g & joined]:
            joined |= group
            groups.remove(group)
        groups.append(joined)
    return frozenset(map(frozenset, groups))


def test_the_order_of_arrival_does_not_matter() -> None:
    arrivals: list[Arrival] = [
        ("样本公司回应传闻", MIDNIGHT - timedelta(hours=1), PRINT, 500),
        ("快讯：样本公司回应传闻", MIDNIGHT + timedelta(hours=1), flipped(3), 510),
        ("样本公司回应市场传闻", MIDNIGHT - timedelta(hours=2), flipped(6), 480),
        ("样本公司回应市场传闻(图)", MIDNIGHT - timedelta(hours=3), None, 30),
        ("样本公司公开回应市场传闻", MIDNIGHT + timedelta(hours=9), flipped(9), 520),
        ("另一家公司回应传闻", MIDNIGHT, PRINT, 500),
    ]
    results = {stories(order) for order in itertools.permutations(arrivals)}
    assert len(results) == 1
    assert sorted(map(len, results.pop())) == [1, 4]


def test_what_is_remembered_of_titles_is_bounded() -> None:
    long = "样本公司营收增长" * 40
    before = place._kept_marks.cache_info().currsize
    assert place._marks(long + "5%") == place._read_marks(long + "5%")
    assert place._kept_marks.cache_info().currsize == before
