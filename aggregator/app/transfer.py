"""Articles in and out as files: streams between archive, parse and the store, in batches.

In: paths, or a destination. Out: a report that counts, and names what failed and why; one bad file never stops the
rest. Called by app/core.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aggregator.archive import posts
from aggregator.errors import ArchiveError, NotAPost
from aggregator.kit import dates, text
from aggregator.models import Entry, SiteRules, StoredArticle
from aggregator.parse import post
from aggregator.pipeline import intake

#: Articles to a transaction.
BATCH = 50


@dataclass(slots=True)
class ImportReport:
    """What an import did."""

    read: int = 0
    new: int = 0
    revised: int = 0
    merged: int = 0
    unchanged: int = 0
    errors: list[str] = field(default_factory=list)  #: one sentence each, with the file's name


@dataclass(slots=True)
class ExportReport:
    """What an export did."""

    written: int = 0
    errors: list[str] = field(default_factory=list)


def import_posts(
    paths: Iterable[Path],
    articles: intake.Articles,
    *,
    clock: Callable[[], datetime],
    sites: Sequence[SiteRules],
    near: bool,
    split_differing: bool,
    on_done: Callable[[Path], None] | None = None,
) -> ImportReport:
    """Read posts and store them. The same posts again change nothing."""
    report = ImportReport()
    batch: list[Entry] = []

    def flush() -> None:
        if not batch:
            return
        outcome = intake.take(batch, articles, now=clock(), sites=sites, near=near, split_differing=split_differing)
        report.new += outcome.new
        report.revised += outcome.revised
        report.merged += outcome.merged
        report.unchanged += outcome.unchanged
        batch.clear()

    for path in _each(paths, report):
        try:
            batch.append(post.read(posts.read(path), where=str(path)))
            report.read += 1
        except (ArchiveError, NotAPost) as error:
            report.errors.append(str(error))
        if len(batch) >= BATCH:
            flush()
        if on_done:
            on_done(path)
    flush()
    return report


def _each(paths: Iterable[Path], report: ImportReport) -> Iterable[Path]:
    """The posts below each path; a path that does not exist is reported, and the next one goes on."""
    for path in paths:
        try:
            yield from posts.files([path])
        except ArchiveError as error:
            report.errors.append(str(error))


def export_posts(
    stored: Iterable[StoredArticle], folder: Path, *, on_done: Callable[[Path], None] | None = None
) -> ExportReport:
    """Write every article as a post: an imported one byte for byte as it came, others in the same form."""
    report = ExportReport()
    writer = posts.Writer(folder)
    for item in stored:
        article = item.article
        try:
            path = writer.write(_title(item), article.categories, article.original or _composed(item))
        except ArchiveError as error:
            report.errors.append(str(error))
            continue
        report.written += 1
        if on_done:
            on_done(path)
    return report


def _composed(item: StoredArticle) -> str:
    """An article that was no post, in a post's form; what identifies it has keys of its own, so that it comes back."""
    article = item.article
    front: dict[str, object] = {
        "title": _title(item),
        "categories": list(article.categories),
        "author": article.author or article.outlet or "",
        "comments": False,
        "date": dates.rfc822(article.published or item.first_seen),
        "updated": dates.rfc822(article.updated) if article.updated else None,
        "thumbnail": article.image,
        "link": article.url,
        "docid": article.docid,
        "outlet": article.outlet,
        "keywords": list(article.keywords),
    }
    always = ("title", "categories", "author", "comments")
    return post.compose({name: value for name, value in front.items() if value or name in always}, article.html)


def _title(item: StoredArticle) -> str:
    """What names the article: its title, else the begin of its text."""
    return item.article.title or text.truncate(text.line(item.article.text), 60) or f"无标题 {item.id}"
