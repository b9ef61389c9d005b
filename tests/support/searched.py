"""Invented articles to search in, and searching by looking at every one of them: what an index must find.

`held` is written without kit/searchwords.py: it is what that is measured by.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from aggregator.kit.simplified import simplified
from aggregator.models import Article, Found, Query, StoredArticle, Symbol

OUTLETS = ("示例日报", "样本证券报", "范例周刊")
SYMBOLS = ("600941.SH", "000001.SZ", "00700.HK")
CATEGORIES = ("金融", "公司", "宏观")

_CHARACTERS = "央行降准公开市场操作证券基金股债涨跌停茅台银保险报告增长后台万与"
_LATIN = ("GDP", "CPI", "ETF", "5G", "3.5%", "12.5", "A", "ＩＰＯ", "iPhone", "2026")
_SIGNS = ("，", "。", " ", "：", "“", "”", "\n", "、", "（", "-")
_TRADITIONAL = {
    "后": "後",
    "证": "證",
    "与": "與",
    "万": "萬",
    "报": "報",
    "涨": "漲",
    "银": "銀",
    "险": "險",
    "债": "債",
}
_TOKEN = re.compile(r"\d+(?:\.\d+)*|[^\W\d_㐀-䶿一-鿿豈-﫿]+|[㐀-䶿一-鿿豈-﫿]+")


def articles(chance: random.Random, count: int, now: datetime) -> list[Article]:
    """Articles of the last 90 days; every tenth has the title and the day of the one before it."""
    found: list[Article] = []
    for number in range(count):
        title = f"{prose(chance, 6)}{number}号"
        published = now - timedelta(minutes=chance.randrange(90 * 24 * 60))
        if found and chance.random() < 0.1:
            title, published = found[-1].title, found[-1].published or now
        text = prose(chance, chance.randint(5, 30))
        symbols = tuple(Symbol(code, Found.MARKUP, code) for code in SYMBOLS if chance.random() < 0.15)
        found.append(
            Article(
                entry_id=f"entry-{number}",
                title=title,
                html=f"<p>{text}</p>",
                text=text,
                url=f"https://finance.example.com/{number}.html",
                published=published,
                outlet=chance.choice((*OUTLETS, None)),
                categories=tuple(one for one in CATEGORIES if chance.random() < 0.2),
                symbols=symbols,
            )
        )
    return found


def prose(chance: random.Random, words: int) -> str:
    """Words of one to four characters and of Latin letters, with signs between some; at times traditional."""
    pieces = []
    for _ in range(words):
        pieces.append(chance.choice(_LATIN) if chance.random() < 0.1 else _word(chance, 4))
        if chance.random() < 0.3:
            pieces.append(chance.choice(_SIGNS))
    text = "".join(pieces)
    return _disguised(chance, text) if chance.random() < 0.2 else text


def query(chance: random.Random) -> str:
    """What somebody might type: a few words, now and then a phrase, a field, or a minus."""
    clauses = [_clause(chance) for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))]
    return chance.choice((" ", "　")).join(clauses)


def held(asked: Query, one: StoredArticle) -> bool:
    """Whether an article meets a query, by looking at all of it."""
    article = one.article
    title, text = _spread(article.title), _spread(article.text)
    words = (*asked.words, *asked.phrases)
    return (
        all(_in(word, title) or _in(word, text) for word in words)
        and all(_in(word, title) for word in asked.title)
        and (asked.since is None or one.at >= asked.since)
        and (asked.until is None or one.at < asked.until)
        and _any(asked.outlets, [article.outlet])
        and _any(asked.symbols, [symbol.code for symbol in article.symbols])
        and _any(asked.categories, _categories(one))
        and _any(asked.feeds, [seen.slug for seen in one.appearances])
        and not any(_has(name, value, one) for name, value in asked.without)
    )


def holds(one: Article, word: str) -> bool:
    """Whether the title or the text of an article holds a word or phrase."""
    return any(_in(word, _spread(words)) for words in (one.title, one.text))


def _has(name: str, value: str, one: StoredArticle) -> bool:
    if name in ("", "title"):
        texts = (one.article.title,) if name else (one.article.title, one.article.text)
        return any(_in(value, _spread(text)) for text in texts)
    only = (value,)
    asked = {
        "outlet": Query(outlets=only),
        "symbol": Query(symbols=only),
        "category": Query(categories=only),
        "feed": Query(feeds=only),
    }
    return held(asked[name], one)


def _any(wanted: Sequence[str], present: Iterable[str | None]) -> bool:
    return not wanted or bool({*wanted, *map(simplified, wanted)} & set(present))


def _categories(one: StoredArticle) -> list[str]:
    return [*one.article.categories, *(category for seen in one.appearances for category in seen.categories)]


def _spread(text: str) -> str:
    """A text with a bar around everything an index could know: characters, words, the ends of runs of characters."""
    folded = simplified(unicodedata.normalize("NFKC", text).casefold())
    pieces = []
    for token in _TOKEN.findall(folded):
        pieces += [*token, "end"] if token[0] > "\u2fff" else [token]
    return "|" + "|".join(pieces) + "|"


def _in(words: str, spread: str) -> bool:
    wanted = _spread(words)
    return (wanted.removesuffix("end|") if wanted.endswith("|end|") else wanted) in spread


def _word(chance: random.Random, most: int) -> str:
    return "".join(chance.choices(_CHARACTERS, k=chance.randint(1, most)))


def _disguised(chance: random.Random, text: str) -> str:
    """Traditional characters, and full-width letters and digits, that are the same when folded."""
    wide = {chr(code): chr(code + 0xFEE0) for code in (*range(0x30, 0x3A), *range(0x41, 0x5B))}
    return "".join({**_TRADITIONAL, **wide}.get(sign, sign) if chance.random() < 0.7 else sign for sign in text)


def _clause(chance: random.Random) -> str:
    word = chance.choice((_word(chance, 1), _word(chance, 2), _word(chance, 3), chance.choice(_LATIN)))
    if chance.random() < 0.2:
        word = _disguised(chance, word)
    day = f"2026-{chance.randint(9, 11)}-{chance.randint(1, 30):02}"
    return chance.choice(
        [word] * 8
        + [f'"{word}"', f'"{word}{chance.choice(_SIGNS[:3])}{_word(chance, 1)}"', f"title:{word}", f"-{word}"]
        + [f"-title:{word}", f"outlet:{chance.choice(OUTLETS)}", f"-outlet:{chance.choice(OUTLETS)}"]
        + [f"symbol:{chance.choice(SYMBOLS)}", f"-symbol:{chance.choice(SYMBOLS)}", "outlet:樣本證券報"]
        + [f"category:{chance.choice(CATEGORIES)}", f"feed:{chance.choice('ab')}", "-feed:b"]
        + [f"after:{day}", f"before:{day}", f"-category:{chance.choice(CATEGORIES)}"]
    )
