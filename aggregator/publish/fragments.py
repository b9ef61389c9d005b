"""Written entries, kept: a story that did not change is not written again when an output is rendered.

In: a story and the functions that write it. Out: its bytes in each format. publish.documents asks here; work/republish
holds one Fragments for the life of the process and hands it in. Safe to use from several threads.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from threading import Lock

from aggregator.models import StoredArticle, Story
from aggregator.publish import item
from aggregator.publish.rewrite import NONE

Key = tuple[object, ...]


class Fragments:
    """The fragments of the stories that outputs show: the most recently used, `max_bytes` of them at most."""

    def __init__(self, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Key, dict[str, bytes]] = OrderedDict()
        self._bytes = 0
        self._shown: dict[str, frozenset[Key]] = {}  # output -> what it shows
        self._outputs: Counter[Key] = Counter()  # how many outputs show it
        self._lock = Lock()

    def get(
        self,
        key: Key,
        story: Story,
        now: datetime,
        full_text: bool,
        writers: Mapping[str, Callable[[item.Item], bytes]],
        pictures: Mapping[str, str] = NONE,
    ) -> Mapping[str, bytes]:
        """Format name -> fragment of `story`, at least for `writers`. `key` is key_of() the same story, and `pictures`.

        What is not kept is written; for all formats from one Item.
        """
        with self._lock:
            found = self._kept.get(key, {})
            if found:
                self._kept.move_to_end(key)
        missing = [name for name in writers if name not in found]
        if not missing:
            return found
        entry = item.make(story, item.alive(story), full_text, now, pictures)
        written = {**found, **{name: writers[name](entry) for name in missing}}
        with self._lock:
            self._drop(key)
            self._kept[key] = written
            self._bytes += _size(written)
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._kept)))
        return written

    def shows(self, slug: str, keys: Collection[Key]) -> None:
        """Take note that output `slug` now shows just these; what no output shows any more is dropped."""
        now = frozenset(keys)
        with self._lock:
            before = self._shown.pop(slug, frozenset())
            if now:
                self._shown[slug] = now
            self._outputs.update(now - before)
            for key in before - now:
                self._outputs[key] -= 1
                if not self._outputs[key]:
                    del self._outputs[key]
                    self._drop(key)

    def forget(self, keep: Collection[str]) -> None:
        """Drop what only outputs show that are not in `keep`."""
        for slug in [slug for slug in self._shown if slug not in keep]:
            self.shows(slug, ())

    def __len__(self) -> int:
        return sum(map(len, self._kept.values()))

    def _drop(self, key: Key) -> None:
        self._bytes -= _size(self._kept.pop(key, {}))


def _size(written: Mapping[str, bytes]) -> int:
    return sum(map(len, written.values()))


def key_of(story: Story, articles: Sequence[StoredArticle], full_text: bool, now: datetime) -> Key:
    """Everything an entry depends on. An article never changes without a new revision, so its number stands for it;
    what its feeds are called and how they are sorted is not part of a revision."""
    members = tuple(
        (one.id, one.revision, tuple([(seen.name, seen.categories) for seen in one.appearances])) for one in articles
    )
    return (full_text, story.uid, min(story.at, now), min(story.updated, now), members)
