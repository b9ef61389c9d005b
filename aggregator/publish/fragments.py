"""Written entries, kept: a story that did not change is not written again when an output is rendered.

In: a story and the function that writes it. Out: its bytes in one format. publish.render asks here; app holds one
Fragments for the life of the process and hands it in. Safe to use from several threads.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock

from aggregator.models import StoredArticle, Story
from aggregator.publish import item

_Key = tuple[object, ...]


class Fragments:
    """The most recently used fragments, `max_bytes` of them at most."""

    def __init__(self, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(
        self,
        format_name: str,
        story: Story,
        articles: Sequence[StoredArticle],
        full_text: bool,
        now: datetime,
        write: Callable[[item.Item], bytes],
    ) -> bytes:
        """The fragment of `story`, written by `write` unless it is kept."""
        key = _key(format_name, story, articles, full_text, now)
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        written = write(item.make(story, articles, full_text, now))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = written
                self._bytes += len(written)
            while self._bytes > self._max_bytes and self._kept:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return written

    def __len__(self) -> int:
        return len(self._kept)


def _key(format_name: str, story: Story, articles: Sequence[StoredArticle], full_text: bool, now: datetime) -> _Key:
    """Everything an entry depends on. An article never changes without a new revision, so its number stands for it;
    what its feeds are called and how they are sorted is not part of a revision."""
    members = tuple(
        (one.id, one.revision, tuple((seen.name, seen.categories) for seen in one.appearances)) for one in articles
    )
    return (format_name, full_text, story.uid, item.published(story, now), item.updated(story, now), members)
