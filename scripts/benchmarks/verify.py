"""No figure may be bought by doing less: what we stored and published is compared with what the origin served.

In: our folder and the corpus. Out: nothing, or Failed with the first differences. Called after cold and after delta,
outside of the time that is measured.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from aggregator.models import StoredArticle
from aggregator.store import open_store
from benchmarks.corpus import FURNITURE, Article, Corpus
from benchmarks.measure import Failed
from benchmarks.systems.ours import Ours, slug

_TEXTS_EVERY = 5  #: of so many articles one has its text compared; all have their HTML searched for furniture


def check(ours: Ours, corpus: Corpus, *, delta: bool) -> None:
    """Raise Failed where store or outputs are not what the origin served."""
    seen = list(corpus.seen(delta=delta))
    expected = {article.docid: article for _, article in seen}
    problems = [*_store(ours, corpus, expected, Counter(slug(feed) for feed, _ in seen))]
    problems += _outputs(ours.data / "public" / "feeds", list(expected.values()))
    if problems:
        shown = "\n  ".join(problems[:12])
        raise Failed(f"the check of what was stored found {len(problems)} differences, the first ones:\n  {shown}")


def check_counts(ours: Ours, corpus: Corpus) -> None:
    """The quick part of the check after a cold cycle, for so many articles that reading all of them takes too long."""
    seen = list(corpus.seen())
    right = {"appearances": len(seen), "articles": len({one.docid for _, one in seen})}
    right |= {"stories": right["articles"], "revisions": right["articles"], "retries": 0}
    with open_store(f"sqlite:///{ours.database}") as store:
        counts = store.articles.counts()
    problems = [
        f"{what}: {counts[what]} stored, {count} right" for what, count in right.items() if counts[what] != count
    ]
    if problems:
        raise Failed("\n  ".join(["the check of what was stored found:", *problems]))


def _store(ours: Ours, corpus: Corpus, expected: dict[str, Article], appearances: Counter[str]) -> Iterator[str]:
    found: set[str] = set()
    seen: Counter[str] = Counter()
    with open_store(f"sqlite:///{ours.database}") as store:
        for number, stored in enumerate(store.articles.iterate()):
            seen.update(one.slug for one in stored.appearances)
            docid = stored.article.docid or ""
            found.add(docid)
            if docid not in expected:
                yield f"{docid}: stored, but the origin does not have it: {stored.article.title}"
            else:
                yield from _article(corpus, expected[docid], stored, whole=number % _TEXTS_EVERY == 0)
        counts = store.articles.counts()
    yield from (f"{docid}: not stored" for docid in expected.keys() - found)
    titles = len({one.title for one in expected.values()})
    for what, right in (
        ("articles", len(expected)),
        ("appearances", sum(appearances.values())),
        ("stories", titles),
        ("revisions", len(expected)),
        ("retries", 0),
    ):
        if counts[what] != right:
            yield f"{what}: {counts[what]} stored, {right} right"
    yield from (
        f"{name}: {seen[name]} appearances, {right} right" for name, right in appearances.items() if seen[name] != right
    )


def _article(corpus: Corpus, right: Article, stored: StoredArticle, *, whole: bool) -> Iterator[str]:
    article = stored.article
    if article.title != right.title:
        yield f"{right.docid}: title {article.title!r}, right {right.title!r}"
    if article.published != right.at:
        yield f"{right.docid}: published {article.published}, right {right.at}"
    if (article.outlet, article.editor) != (right.outlet, right.editor):
        yield f"{right.docid}: outlet and editor {article.outlet}, {article.editor}"
    yield from (f"{right.docid}: {one!r} left in the HTML" for one in FURNITURE if one in article.html)
    if len(article.symbols) != 1:
        yield f"{right.docid}: symbols {article.symbols}"
    if whole and article.text != corpus.text(right):
        yield f"{right.docid}: text is not the origin's:\n{article.text[:200]}"


def _outputs(folder: Path, articles: list[Article]) -> Iterator[str]:
    """The output that holds everything has the newest entries, whole, in each format."""
    newest = sorted(articles, key=lambda one: one.at, reverse=True)[:100]
    titles = {
        "rss": [one.text for one in etree.parse(folder / "all.rss").iterfind("channel/item/title")],
        "atom": [one.text for one in etree.parse(folder / "all.atom").iterfind("{*}entry/{*}title")],
        "json": [one["title"] for one in json.loads((folder / "all.json").read_bytes())["items"]],
    }
    for form, have in titles.items():
        if len(have) != min(200, len(articles)):
            yield f"all.{form}: {len(have)} entries"
        missing = [one.title for one in newest if one.title not in have]
        if missing:
            yield f"all.{form}: {len(missing)} of the newest are missing, the first: {missing[0]}"
    others = {path.stem for path in folder.glob("*.rss")}
    if len(others) < 3:
        yield f"only these outputs were rendered: {sorted(others)}"
