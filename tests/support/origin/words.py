"""The invented matter of the newsroom: companies, outlets, topics and sentences. Nothing here is a fact.

Called by the newsroom only. Every sentence is made of parts chosen by the given dice, so no two articles are close
enough to be taken for one, and the same dice tell the same story.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

OUTLETS = ("样本财经资讯", "市场样闻", "样本证券报道", "示例金融网")
SOURCES = ("样本财经日报", "示例证券周刊", "甲乙经济通讯", "样本期货日报", "示例证券时报")
EDITORS = ("样编甲", "样编乙", "样编丙")
WIRE = "样本通讯社"

_STEMS = "甲乙丙丁戊己庚辛壬癸"
_TRADES = ("科技", "能源", "医药", "汽车", "银行", "控股", "材料", "物流")
_PLACES = ("样城", "例州", "镕城", "喆里", "东样", "北例", "南样港", "西例镇")


@dataclass(frozen=True)
class Company:
    """A listed company that does not exist, with its code in the forms pages use."""

    name: str
    market: str  #: sh, sz, hk, us
    code: str

    @property
    def raw(self) -> str:
        """As comments and span ids write it."""
        return self.code if self.market == "us" else self.market + self.code

    @property
    def standard(self) -> str:
        """`CODE.MARKET`."""
        return f"{self.code.removeprefix('0') if self.market == 'hk' else self.code}.{self.market.upper()}"


@dataclass(frozen=True)
class Topic:
    """What an article is about: patterns of its headline and of its sentences."""

    name: str
    titles: tuple[str, ...]
    leads: tuple[str, ...]
    bodies: tuple[str, ...]


_TOPICS = (
    Topic(
        "业绩",
        ("{c}：上半年净利润同比增长{p}%", "{c}预计全年营收{n}亿元 净利润增{p}%", "{c}季度营收{n}亿元 {w}贡献过半"),
        ("{c}晚间披露的报告显示，公司期内实现营业收入{n}亿元，净利润同比增长{p}%，其中{w}业务占比{q}%。",),
        (
            "分业务看，{w}板块贡献了{q}%的收入，较上年同期提高{s}个百分点；传统业务仍在收缩。",
            "管理层在说明会上表示，{elsewhere}基地的二期产线将在{k}个月内投产，届时年产能可达{n}万套。",
            "期末存货{n}亿元，较年初下降{p}%，公司称主要因为{w}订单交付加快。",
            "有分析认为，原材料价格每变动{p}%，公司的毛利率大约变动{s}个百分点。",
        ),
    ),
    Topic(
        "货币",
        (
            "样本央行开展{n}亿元{k}天期操作 利率持平",
            "{place}银行间利率回落{k}个基点 操作规模{n}亿元",
            "{place}{k}天期利率持平 当日投放{n}亿元",
        ),
        ("样本央行公告称，当日面向{place}等地开展{n}亿元{k}天期操作，中标利率与上次持平，市场利率回落{k}个基点。",),
        (
            "当日有{n}亿元到期，因此净投放规模有限；交易员说，资金面早盘偏紧，午后转为均衡。",
            "隔夜品种加权利率报{s}%，七天期在{k}个基点的区间内波动。",
            "{elsewhere}一家城商行的交易员表示，跨月需求已基本备足，{w}类机构的融出意愿回升。",
            "另据统计，本月以来累计净回笼{n}亿元，低于去年同期。",
        ),
    ),
    Topic(
        "监管",
        (
            "样本监管部门就《{place}{w}<示范>条例》征求意见",
            "{place}要求{w}企业{k}日内报送整改情况",
            "{c}就{w}业务收到问询函 {k}日内回复",
        ),
        (
            "样本监管部门今日公布《{place}{w}<示范>条例（征求意见稿）》，意见反馈期为{k}天，{c}等公司被列为首批联系企业。",
        ),
        (
            "文件共{k}章{q}条，明确企业应当保存原始记录不少于{k}年，并按季度向{elsewhere}主管机构报告。",
            "对于历史存量，文件给出{k}个月的过渡安排，逾期未完成的，可处以营业收入{s}%以下的罚款。",
            "{c}回应称，公司已成立专门小组，预计相关投入为{n}万元，不会影响年度计划。",
            "业内人士说，“边界写清楚了，执行起来反而容易”，{w}领域约{q}%的中小企业受到影响。",
        ),
    ),
    Topic(
        "市场",
        ("收评：样本综指涨{s}% {w}板块领涨", "港股样本指数涨{s}% {c}成交{n}亿元", "{w}主力合约夜盘收涨{s}%"),
        ("截至收盘，样本综指涨{s}%，{w}板块领涨，{c}成交{n}亿元，两市成交额较前一日放量{q}%。",),
        (
            "盘面上，{w}概念股全天走强，{q}只个股涨停；{elsewhere}本地股午后回落。",
            "资金流向显示，当日净流入最多的是{w}板块，规模为{n}亿元，其次为公用事业。",
            "从技术形态看，指数已连续{k}个交易日站上二十日均线，不过量能没有同步放大。",
            "{o}发布异动公告称，近{k}个交易日涨幅偏离值累计达到{q}%，不存在应披露而未披露的事项。",
        ),
    ),
    Topic(
        "产业",
        ("{c}在{place}签下{n}亿元{w}项目", "{place}{w}项目开工 {c}投资{n}亿元", "{c}与{o}合建{w}基地 总投资{n}亿元"),
        ("{c}与{place}签署合作文件，{o}参与其中，各方将共同建设{w}项目，总投资{n}亿元，分{k}期实施。",),
        (
            "按照计划，首期用地{n}亩，建成后可形成年处理{k}万吨的能力，就近配套下游客户。",
            "{elsewhere}今年前{k}周的{w}产量同比增长{p}%，出口占比约{q}%。",
            "公司技术负责人介绍，新平台把单位能耗降低了{p}%，良率提高到{q}%以上。",
            "同业公司也在扩产，机构估算，到明年末行业供给将增加{q}%，价格可能承压。",
        ),
    ),
)

_WARES = (
    "光伏组件",
    "储能电芯",
    "工业软件",
    "创新药",
    "冷链仓储",
    "特种钢材",
    "跨境支付",
    "智能座舱",
    "再生铜",
    "养老金产品",
)


def topic(dice: random.Random) -> Topic:
    """Any topic."""
    return dice.choice(_TOPICS)


def place(dice: random.Random) -> str:
    """A town on no map."""
    return dice.choice(_PLACES)


def companies(dice: random.Random, number: int) -> tuple[Company, Company]:
    """Two companies with different names and codes; the first trades at home."""
    first, second = dice.sample(_STEMS, 2)
    market, series = ("sh", "609") if number % 2 else ("sz", "009")
    home = Company(first + second + dice.choice(_TRADES), market, f"{series}{number % 1000:03d}")
    third = f"{second}{first}{dice.choice(_TRADES)}"
    if number % 2:
        return home, Company(third, "hk", f"099{number % 100:02d}")
    return home, Company(third, "us", "XQ" + chr(65 + number % 26) + chr(65 + number // 26 % 26))


def write(about: Topic, company: Company, other: Company, dice: random.Random) -> tuple[str, tuple[str, ...]]:
    """A headline and five to eight paragraphs. Headline and lead agree in what they state."""
    ware, town = dice.choice(_WARES), place(dice)

    def values() -> dict[str, object]:
        return {
            "c": company.name,
            "o": other.name,
            "w": ware,
            "place": town,
            "elsewhere": place(dice),
            "n": f"{dice.randint(11, 4899) / 10:.1f}",
            "p": f"{dice.randint(11, 399) / 10:.1f}",
            "s": f"{dice.randint(2, 49) / 10:.1f}",
            "q": dice.randint(11, 89),
            "k": dice.randint(2, 29),
        }

    elsewhere = [pattern for one in _TOPICS if one is not about for pattern in one.bodies]
    bodies = dice.sample(about.bodies, dice.randint(3, 4)) + dice.sample(elsewhere, dice.randint(0, 2))
    last = "截至发稿，{c}报{n}元，{o}报{p}元，两者当日振幅均不足{q}%。"
    stated = values()
    title, lead = (dice.choice(patterns).format(**stated) for patterns in (about.titles, about.leads))
    return title, (lead, *(pattern.format(**values()) for pattern in (*bodies, last)))


def table(dice: random.Random) -> tuple[tuple[str, str], ...]:
    """Rows of a small table."""
    return tuple((name, f"{dice.randint(10, 990) / 10:.1f}亿元") for name in ("营业收入", "净利润", "研发投入"))


def correction(count: int) -> str:
    """A paragraph that an edit adds."""
    return f"更正（第{count}次）：本文此前版本中的部分数据已按公司最新公告修订，增减幅度以公告为准。"
