"""The articles and feeds that the origin serves, and what a program that cleans them must be left with.

In: numbers (feeds, entries, seed) and the time of the newest entry. Out: RSS 2.0 bytes of any feed, and the truth about
every article. Equal numbers give equal bytes. Every tenth slot is filled from a pool of articles that four feeds share.
An article is kept as numbers of sentences from a common pool and rendered when asked for, so that 160,000 of them fit
into memory. Called by origin, which serves it, and by verify, which compares with it.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from benchmarks import words

SENTENCES = 20_000
NEW_IN_DELTA = 2  #: entries that the mode delta puts on top of every feed
SHARED_EVERY = 10  #: one slot in so many holds an article of the pool
SHARED_BY = 4  #: feeds that hold an article of the pool
NEW_WITHIN = timedelta(minutes=50)  #: how much newer they are than the newest of the others
SPAN = timedelta(hours=48)  #: age of the oldest entry
HOST = "finance.example.org"

#: Sentences in each paragraph; None stands for a sub-heading.
_LAYOUT = (3, 5, None, 6, 4, 5, None, 4, 4)
_PICKS = sum(one or 1 for one in _LAYOUT)

#: What must be gone from the stored HTML after cleaning.
FURNITURE = ("cms-style", "news_keyword_pub", "appendQr", "海量资讯", "责任编辑", "来源：", "stock_s", "<style", "　　")

_QR = """<!-- 正文下iframe -->


<!-- 总声明-->


<!-- 文末二维码 start -->
            <style>
            .appendQr_wrap{border:1px solid #E6E6E6;padding:8px;}
            .appendQr_normal{float:left;}
            .appendQr_normal img{width:74px;}
            .appendQr_normal_txt{float:left;font-size:20px;line-height:74px;padding-left:20px;color:#333;}
            </style>
            <div class="clearfix appendQr_wrap">
                <div class="appendQr_normal"><img src="https://n.example.org/finance/qr/343233024.png"></div>
                <div class="appendQr_normal_txt">海量资讯、精准解读，尽在新浪财经APP</div>
            </div>
            <!-- 文末二维码 end -->

<!-- 编辑姓名及工作代码 -->
"""


@dataclass(frozen=True, slots=True)
class Article:
    """One article before rendering. `picks` are numbers of sentences; equal numbers, equal article."""

    number: int
    docid: str
    title: str
    at: datetime
    outlet: str
    reporter: str
    editor: str
    company: int
    picks: array[int]

    @property
    def guid(self) -> str:
        """The entry id, as the feed states it."""
        return f"comos:{self.docid}"

    @property
    def link(self) -> str:
        """Address of the article page; nothing is there, for the feed carries the full text."""
        return f"https://{HOST}/roll/{self.at:%Y-%m-%d}/doc-i{self.docid}.shtml"


class Corpus:
    """`feeds` feeds of `entries` entries, with two more on top of each for the mode delta.

    With `waves`, a feed has that many entries more, and shows them one by one: wave N has the newest N of them on top.
    """

    def __init__(
        self, feeds: int, entries: int, *, newest: datetime, seed: int = 1, span: timedelta = SPAN, waves: int = 0
    ) -> None:
        self.feeds, self.entries, self.seed, self.waves = feeds, entries, seed, waves
        self.newest = newest.astimezone(UTC).replace(microsecond=0)
        chance = random.Random(seed)  # noqa: S311 (not a secret)
        self._words, self._weights = words.vocabulary(chance)
        self._sentences = [words.sentence(chance, self._words, self._weights) for _ in range(SENTENCES)]
        self._bytes = [one.encode() for one in self._sentences]
        self._companies = [
            ("".join(chance.choices(self._words[50:], k=2)), f"{600000 + chance.randrange(4000)}") for _ in range(300)
        ]
        self._titles: set[str] = set()
        self.articles: list[Article] = []
        self._held = entries + waves
        self._slots = self._fill(chance, feeds * self._held, span)
        self._new = self._fill(chance, feeds * NEW_IN_DELTA, -NEW_WITHIN)

    def slots(self, feed: int, *, delta: bool = False, wave: int = 0) -> list[Article]:
        """The articles of one feed, the newest first. With `delta` two new ones have pushed out the two oldest."""
        hidden = self.waves - wave
        held = self._sorted(self._feed(self._slots, feed, self._held))[hidden : hidden + self.entries]
        if delta:
            new = self._new[feed * NEW_IN_DELTA : (feed + 1) * NEW_IN_DELTA]
            held = (self._sorted(new) + held)[: self.entries]
        return held

    def seen(self, *, delta: bool = False) -> Iterator[tuple[int, Article]]:
        """Every (feed, article) that has stood in a feed, ever: what a store holds that forgets nothing."""
        for feed in range(self.feeds):
            for one in {*self._feed(self._slots, feed, self._held)} | (
                {*self._feed(self._new, feed, NEW_IN_DELTA)} if delta else set()
            ):
                yield feed, self.articles[one]

    def render(self, feed: int, *, delta: bool = False, wave: int = 0) -> bytes:
        """The feed as RSS 2.0."""
        held = self.slots(feed, delta=delta, wave=wave)
        return b"".join((_channel(feed, held[0].at), *(part for one in held for part in self._item(one)), _END))

    def text(self, article: Article) -> str:
        """What is left of the body for a reader: one line a paragraph."""
        return "\n".join(self.paragraphs(article))

    def paragraphs(self, article: Article) -> list[str]:
        """The paragraphs of the clean text; outlet and editor are metadata and not part of it."""
        lines = [f"{article.outlet}记者 {article.reporter} {words.CITIES[article.number % 6]}报道"]
        for number, (kind, picks) in enumerate(_paragraphs(article)):
            sentences = [self._sentences[pick] for pick in picks]
            if number == 3:
                sentences.insert(2, self._companies[article.company][0])
            lines.append("".join(sentences).rstrip("。") if kind == "heading" else "".join(sentences))
        return lines

    def code(self, article: Article) -> str:
        """The code of the listed company that the body names."""
        return self._companies[article.company][1]

    def html(self, article: Article) -> bytes:
        """The body in the mark-up of the site, with all its furniture."""
        return b"".join(self._body(article))

    # ----------------------------------------------------------------------------------------------- making

    def _fill(self, chance: random.Random, slots: int, span: timedelta) -> array[int]:
        """Numbers of the articles that stand in the slots; makes the articles."""
        shared = [slot for slot in range(slots) if slot % SHARED_EVERY == 3]
        pool = [self._make(chance, span) for _ in range(-(-len(shared) // SHARED_BY))]
        filled = array("L")
        for slot in range(slots):
            own = slot % SHARED_EVERY != 3
            filled.append(self._make(chance, span) if own else pool[slot // SHARED_EVERY % len(pool)])
        return filled

    def _make(self, chance: random.Random, span: timedelta) -> int:
        title = words.headline(chance, self._words, self._weights)
        while title in self._titles:
            title = words.headline(chance, self._words, self._weights)
        self._titles.add(title)
        number = len(self.articles)
        letters = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7))
        self.articles.append(
            Article(
                number=number,
                docid=f"{letters}{number:07d}",
                title=title,
                at=self.newest - timedelta(seconds=int(chance.random() * span.total_seconds())),
                outlet=chance.choice(words.OUTLETS),
                reporter=words.person(chance),
                editor=words.person(chance),
                company=chance.randrange(len(self._companies)),
                picks=array("H", chance.choices(range(SENTENCES), k=_PICKS)),
            )
        )
        return number

    def _feed(self, slots: array[int], feed: int, size: int) -> array[int]:
        return slots[feed * size : (feed + 1) * size]

    def _sorted(self, numbers: Sequence[int]) -> list[Article]:
        return sorted((self.articles[one] for one in numbers), key=lambda one: (one.at, one.number), reverse=True)

    # ----------------------------------------------------------------------------------------------- rendering

    def _item(self, article: Article) -> Iterator[bytes]:
        yield (
            f"<item><title>{article.title}</title><link>{article.link}</link>"
            f'<guid isPermaLink="false">{article.guid}</guid>'
            f"<pubDate>{format_datetime(article.at, usegmt=True)}</pubDate>"
            f"<category>财经</category><description>{self._sentences[article.picks[0]]}</description>"
            "<content:encoded><![CDATA["
        ).encode()
        yield from self._body(article)
        yield b"]]></content:encoded></item>\n"

    def _body(self, article: Article) -> Iterator[bytes]:
        company, code = self._companies[article.company]
        bold = '<p cms-style="font-L">　　<font cms-style="font-L strong-Bold">'
        yield (
            f"<div>\n{bold}来源：{article.outlet}</font></p>\n{bold}{self.paragraphs_head(article)}</font></p>\n"
        ).encode()
        for number, (kind, picks) in enumerate(_paragraphs(article)):
            if kind == "heading":
                heading = self._sentences[picks[0]].rstrip("。")
                yield f'<p cms-style="font-L strong-Bold">　　{heading}</p>\n'.encode()
                continue
            yield '<p cms-style="font-L">　　'.encode()
            for place, pick in enumerate(picks):
                if number == 3 and place == 2:
                    yield (
                        f'<span id="stock_sh{code}"><a href="https://{HOST}/realstock/company/sh{code}/nc.shtml" '
                        'class="keyword" target="_blank" data-sudaclick="content_marketkeywords_p">'
                        f'{company}</a></span><span id="quote_sh{code}"></span>'
                    ).encode()
                bold_one = number == 4 and place == 1
                yield b'<font cms-style="font-L strong-Bold">' * bold_one + self._bytes[pick] + b"</font>" * bold_one
            yield b"</p>\n"
            if number == 1 and article.number % 3 == 0:
                picture = f"https://n.example.org/finance/{article.docid}.png"
                yield f'<div class="img_wrapper"><img src="{picture}" alt=""></div>\n'.encode()
        yield f"<!-- news_keyword_pub,stock,sh{code} -->\n\n\n{_QR}".encode()
        yield f'<p class="article-editor">责任编辑：{article.editor} </p>\n<!-- 编辑姓名及工作代码-->\n</div>'.encode()

    def paragraphs_head(self, article: Article) -> str:
        """The byline as it stands in the body."""
        return f"{article.outlet}记者 {article.reporter} {words.CITIES[article.number % 6]}报道"


def _paragraphs(article: Article) -> Iterator[tuple[str, Sequence[int]]]:
    first = 0
    for size in _LAYOUT:
        yield "text" if size else "heading", article.picks[first : first + (size or 1)]
        first += size or 1


def _channel(feed: int, at: datetime) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>样本财经 {feed}</title><link>https://{HOST}/roll/{feed}/</link><description>虚构的新闻</description>"
        f"<language>zh-CN</language><lastBuildDate>{format_datetime(at, usegmt=True)}</lastBuildDate>\n"
    ).encode()


_END = b"</channel></rss>\n"
