"""Invented posts as files: front matter and a 6 KB body in the mark-up of the site, folders by category.

In: a folder and a number. Out: the files, named and placed as `aggregator export posts` names and places them, so that
what comes out again can be compared file by file. Equal numbers give equal bytes. Called by archiving.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from benchmarks import words
from benchmarks.corpus import Article, Corpus
from benchmarks.measure import Failed

NEWEST = datetime(2026, 10, 31, 16, tzinfo=UTC)
A_DAY = 1700  #: as many as Sina's list brings
SECTIONS = ("国内", "证券", "产经", "国际")
_SEED = 7


@dataclass(frozen=True, slots=True)
class Made:
    """Posts that were written."""

    count: int
    size: int  #: bytes of them all


def write(folder: Path, count: int) -> Made:
    """Write `count` posts below `folder`."""
    size = 0
    for place, text in texts(count):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = text.encode()
        path.write_bytes(raw)
        size += len(raw)
    return Made(count, size)


def texts(count: int) -> Iterator[tuple[str, str]]:
    """Path below the folder, and text, of every post."""
    span = timedelta(days=max(1, count / A_DAY))
    corpus = Corpus(1, -(-count * 10 // 9) + 10, newest=NEWEST, seed=_SEED, span=span)
    for article in corpus.articles[:count]:
        folders = ("财经", article.outlet, SECTIONS[article.number % len(SECTIONS)])
        yield f"{'/'.join(folders)}/{article.title}.md", _text(corpus, article, folders)


def _text(corpus: Corpus, article: Article, folders: tuple[str, ...]) -> str:
    """A post in the form of the page builder: blanks at line ends, and braces of the body escaped."""
    listed = "\n".join(f" - {one}" for one in folders)
    body = corpus.html(article).decode().replace("{", "&#123;").replace("}", "&#125;")
    return (
        f"\n---\ntitle: '{article.title}'\ncategories: \n{listed}\nauthor: {words.OUTLETS[article.number % 6]}\n"
        f"comments: false\ndate: {format_datetime(article.at, usegmt=True)}\n"
        f"thumbnail: 'https://n.example.org/finance/{article.docid}.png'\n---\n\n"
        f"<div>   \n{body}\n</div>\n{' ' * 12}"
    )


def compare(before: Path, after: Path) -> None:
    """Raise Failed unless two folders hold the same files, byte for byte."""
    names = _names(before)
    if others := names ^ _names(after):
        raise Failed(f"{len(others)} posts went out under another name, or not at all: {sorted(others)[:3]}")
    for name in names:
        if (before / name).read_bytes() != (after / name).read_bytes():
            raise Failed(f"the post {name} did not come out as it went in")


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
