"""The measurement behind the thresholds: invented template news must never merge, edited copies mostly do.

Templates are the hard case: news that differ in a name and a few numbers only. The figures are those of
docs/decisions/0101-near-duplicates.md.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aggregator.dedup import fingerprint, identity, place
from aggregator.models import Neighbour

AT = datetime(2026, 10, 16, 2, tzinfo=UTC)
NAMES = [
    "甲乙科技", "丙丁股份", "戊己汽车", "庚辛银行", "壬癸医药",
    "子丑能源", "寅卯证券", "辰巳地产", "午未电子", "申酉食品",
    "戌亥航运", "东木新材", "西金矿业", "南火电力", "北水环保",
]  # fmt: skip
Story = tuple[str, str]  # title, body


def number(dice: random.Random, low: float = 1, high: float = 100, places: int = 2) -> str:
    return f"{dice.uniform(low, high):.{places}f}"


def fixing(dice: random.Random) -> Story:
    rows = "，".join(
        f"1{money}对人民币{number(dice, 1, 9, 4)}元" for money in ("美元", "欧元", "港元", "英镑", "加元", "新元")
    )
    body = (
        f"中国人民银行授权中国外汇交易中心公布，10月{dice.randint(1, 28)}日银行间外汇市场人民币汇率中间价为：{rows}。"
        + ("中间价是银行间外汇市场和银行挂牌汇价的最重要参考指标。")
    )
    return dice.choice(["人民币对美元中间价公布", "今日人民币汇率中间价出炉", "人民币中间价最新公告"]), body


def margin(dice: random.Random) -> Story:
    name, bought = dice.choice(NAMES), number(dice)
    body = (
        f"{name}10月{dice.randint(1, 28)}日融资融券信息显示，{name}当日融资买入额{number(dice)}亿元，"
        f"融资偿还额{number(dice)}亿元，融资净买入{bought}万元，融资余额{number(dice)}亿元，"
        f"占流通市值的{number(dice, 1, 5)}%。融券方面，融券卖出量"
        f"{dice.randint(1, 99)}万股，融券余额{number(dice)}万元，处于近一年较低水平。"
    )
    return dice.choice(
        [f"{name}融资余额变动情况", f"{name}最新融资融券数据一览", f"{name}：融资净买入{bought}万元"]
    ), body


def reduction(dice: random.Random) -> Story:
    name = dice.choice(NAMES)
    body = (
        f"{name}公告，公司持股5%以上股东拟通过集中竞价或大宗交易方式减持公司股份，"
        f"合计不超过公司总股本的{number(dice, 1, 3)}%。本次减持的原因为股东自身资金需求，"
        "减持期间为本公告披露之日起十五个交易日后的三个月内。减持价格将根据减持实施时的市场价格确定。"
        f"{name}表示，本次减持计划的实施不会导致公司控制权发生变更，不会对公司治理结构及持续经营产生重大影响。"
    )
    return dice.choice(
        [f"{name}股东拟减持公司股份", f"{name}：持股5%以上股东拟减持", f"股东资金需求 {name}遭减持"]
    ), body


def placement(dice: random.Random) -> Story:
    name = dice.choice(NAMES)
    body = (
        f"{name}今日发布公告称，公司收到中国证监会关于核准公司非公开发行股票的批复，"
        f"核准公司非公开发行不超过{dice.randint(1000, 90000)}"
        "万股新股。本次发行股票应严格按照公司报送证监会的申请文件实施，"
        "批复自核准发行之日起十二个月内有效。公司董事会将根据批复文件的要求"
        "和公司股东大会的授权，在规定期限内办理本次非公开发行股票的相关事宜，并及时履行信息披露义务。"
    )
    return dice.choice([f"{name}非公开发行获证监会核准", f"{name}定增获批", f"证监会核准{name}非公开发行股票"]), body


def licence(dice: random.Random) -> Story:
    """The hardest: one name, no number."""
    name = dice.choice(NAMES)
    body = (
        f"据中国证监会网站消息，{name}基金管理有限公司专户理财业务资格近日获得中国证监会批准，"
        "成为又一家获得特定客户资产管理业务资格的"
        f"基金管理公司。{name}基金表示，公司将按照监管部门的要求，"
        "稳步开展专户理财业务，充分发挥公司在投资管理、风险控制和客户服务方面的"
        "优势，为高端客户提供量身定制的理财服务。"
    )
    return dice.choice(
        [f"{name}基金获批专户理财资格", f"{name}获特定客户资产管理资格", f"又一家基金公司获专户资格 {name}入围"]
    ), body


def rating(dice: random.Random) -> Story:
    name = dice.choice(NAMES)
    body = (
        f"某证券10月{dice.randint(1, 28)}日发布研报称，"
        f"维持{name}“{dice.choice(['买入', '增持', '持有'])}”评级，目标价"
        f"{number(dice, 10, 90)}元。评级理由主要包括：一、公司业绩符合预期，"
        "主营业务收入稳步增长；二、新产品放量，市场份额持续提升；"
        "三、行业景气度回升，公司作为龙头将充分受益。"
        "风险提示：原材料价格波动风险；市场竞争加剧风险；下游需求不及预期风险。"
    )
    return dice.choice([f"某证券：维持{name}评级", f"{name}获机构最新评级", f"研报：{name}业绩符合预期"]), body


TEMPLATES: tuple[Callable[[random.Random], Story], ...] = (fixing, margin, reduction, placement, licence, rating)


def merged(a: Story, b: Story, prints: dict[str, int | None]) -> bool:
    other = Neighbour(identity.story_key(b[0], AT), b[0], AT, prints[b[1]], len(b[1]))
    return bool(place.place(a[0], AT, prints[a[1]], len(a[1]), [other]).kin)


def test_template_news_never_merge() -> None:
    dice = random.Random(7)
    news = [template(dice) for template in TEMPLATES for _ in range(100)]
    prints = {body: fingerprint.fingerprint(body) for _, body in news}
    close = 0
    for a, b in itertools.combinations(news, 2):
        one, two = prints[a[1]], prints[b[1]]
        if a[1] == b[1] or one is None or two is None or fingerprint.distance(one, two) > 2 * fingerprint.NEAR:
            continue
        close += fingerprint.distance(one, two) <= fingerprint.NEAR
        assert not merged(a, b, prints), (a, b)
    assert close > 20  # the prints alone would not have told them apart


def edited(body: str, dice: random.Random) -> list[str]:
    """The text as other desks run it."""
    sentences = re.split(r"(?<=。)", body)
    at = next(i for i in iter(lambda: dice.randrange(len(body)), -1) if not body[i].isdigit())
    return [
        "来源：样本晨报\n" + body,
        body + "\n（编辑：某某）",
        body + "\n更多精彩内容，请关注样本财经。",
        body.replace("，", ",").replace("。", "."),
        re.sub(r"\s", "", body),
        body[:at] + "的" + body[at + 1 :],
        "".join(sentences[:1] + sentences[2:]) if len(sentences) > 12 else body + "（完）",
    ]


def test_edited_copies_mostly_merge(corpus: Path) -> None:
    dice = random.Random(3)
    news = [template(dice) for template in TEMPLATES for _ in range(5)]
    for path in sorted((corpus / "posts").glob("*.md")):
        body = re.sub(r"<[^>]*>", "", path.read_text("utf-8").split("---", 2)[2])
        news.append((path.stem, body))
    results = []
    for title, body in news:
        variants = edited(body, dice)
        prints = {text: fingerprint.fingerprint(text) for text in (body, *variants)}
        results += [merged((f"{title} 全文公布", text), (title, body), prints) for text in variants]
    assert sum(results) / len(results) > 0.85


def test_unrelated_posts_are_far_apart(corpus: Path) -> None:
    bodies = [
        re.sub(r"<[^>]*>", "", path.read_text("utf-8").split("---", 2)[2])
        for path in sorted((corpus / "posts").glob("*.md"))
    ]
    prints = [p for body in bodies if (p := fingerprint.fingerprint(body)) is not None]
    assert len(prints) == 10
    assert min(fingerprint.distance(a, b) for a, b in itertools.combinations(prints, 2)) > fingerprint.NEAR


def test_labelled_headlines_under_equal_texts(corpus: Path) -> None:
    """As if the texts told nothing: no different pair may merge; some same pairs must."""
    rows = (corpus / "near_duplicates.tsv").read_text("utf-8").splitlines()[1:]
    found = 0
    for row in rows:
        label, _, a, b, _ = row.split("\t")
        other = Neighbour(identity.story_key(b, AT), b, AT, 12345, 500)
        placed = place.place(a, AT, 12345, 500, [other])
        same = placed.key == other.key or bool(placed.kin)
        assert not (same and label == "different"), row
        found += same
    assert found >= 5
