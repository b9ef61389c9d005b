"""`aggregator export`: what the store holds, filtered, in the form of an archive.

In: a format, a destination, filters. Out: a Report that counts. Called by app/core.py; what a format may ask for is
archive.items.Contents, which Held answers.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from stat import S_ISREG
from typing import Any

from aggregator.app import feedlist, pictures, raw, readings
from aggregator.archive import Format
from aggregator.archive.items import Followed, Kept, PostText, Reading, Written
from aggregator.config import Config
from aggregator.kit import dates, text
from aggregator.models import StoredArticle, Wanted
from aggregator.parse import post
from aggregator.store import Store


@dataclass(slots=True)
class Report:
    """What an export did."""

    written: int = 0
    kept: int = 0  #: stood there already, whole and equal
    errors: list[str] = field(default_factory=list)  #: one sentence each, with the file's name


def export(
    form: Format, contents: Held, dest: Path, *, on_done: Callable[[object], None] = lambda _done: None
) -> Report:
    """Write what `contents` holds to `dest`. Raises ArchiveError when the rest cannot be written either."""
    report = Report()
    with closing(form.writer.write(contents, dest)) as stream:
        for one in stream:
            if one.problem:
                report.errors.append(f"{one.where}: {one.problem}")
            elif one.kept:
                report.kept += 1
            else:
                report.written += 1
            on_done(one)
    return report


class Held:
    """What the store holds, as far as the filters let it pass."""

    def __init__(self, store: Store, config: Config, wanted: Wanted, now: datetime) -> None:
        self._store = store
        self._config = config
        self.title = config.settings.title
        self.told = readings.told(wanted)
        self._wanted = wanted
        self._pictures = pictures.folder(config.settings.data_dir)
        self.now = now

    def articles(self) -> Iterator[StoredArticle]:
        """Every article, in id order."""
        return self._store.articles.iterate(wanted=self._wanted, among=self._found())

    def records(self) -> Iterator[Mapping[str, Any]]:
        """Every subscription, story and article with all its states, for a lossless archive."""
        return self._store.whole.records(self._wanted, self._found())

    def posts(self) -> Iterator[PostText]:
        """Every article as a post: an imported one byte for byte as it came, others in the same form."""
        for item in self.articles():
            article = item.article
            yield PostText(_title(item), article.categories, article.original or _composed(item))

    def readings(self) -> Iterator[Reading]:
        """Every article for readers; those that were withdrawn are left out."""
        return (readings.reading(one, self.now) for one in self.articles() if not one.article.deleted)

    def feed(self, stories: Sequence[str]) -> bytes:
        """An Atom document of the stories, by uid, in the order given."""
        found = [story for uid in stories if (story := self._store.stories.get(uid))]
        return readings.feed(self.title, self._config.settings.base_url, found, self.now)

    def picture(self, url: str) -> Kept | None:
        """The picture of this address; None where it is not kept, or its file is not what the database says."""
        medium = self._store.media.kept(url)
        file = self._pictures.locate(medium.name) if medium else None
        if medium is None or file is None:
            return None
        try:
            facts = file.lstat()
        except OSError:
            return None
        return Kept(medium.name, file) if S_ISREG(facts.st_mode) and facts.st_size == medium.size else None

    def followed(self) -> Iterator[Followed]:
        """The feeds in feeds.toml, also those that are switched off."""
        return feedlist.followed(self._config)

    def documents(self) -> Iterator[bytes | Written]:
        """The WARC records of every kept document of the articles, each once."""
        return raw.records_of(self._store, raw.folder(self._config.settings.data_dir), self.articles())

    def _found(self) -> array[int] | None:
        """The articles that meet the search, in id order; None: there is none."""
        if not self._wanted.query.strip():
            return None
        while self._store.search.advance():
            pass
        found: array[int] = array("q")
        for some in self._store.search.articles(self._wanted.query, self.now):
            found.extend(some)
        return array("q", sorted(found))


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
