"""What is wrong with a page: a small checker of HTML, and a walk over every link of a folder of pages.

In: HTML, or a folder. Out: faults in words; none for sound pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_VOID = frozenset(["meta", "link", "br", "hr", "img", "col", "wbr", "input"])
_NESTED = {"li": ("ul", "ol"), "tr": ("thead", "tbody", "tfoot", "table"), "td": ("tr",), "th": ("tr",), "dd": ("dl",)}
_PHRASES = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "code", "span"])
_BLOCKS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "dl",
        "table",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "nav",
        "main",
        "aside",
    ]
)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.names: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.policy = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names[tag] += 1
        facts = {name: value or "" for name, value in attrs}
        inside = self._open[-1] if self._open else ""
        if len(facts) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if tag in _NESTED and inside not in _NESTED[tag]:
            self.faults.append(f"<{tag}> in <{inside}>")
        if inside in ("ul", "ol") and tag != "li":
            self.faults.append(f"<{tag}> in <{inside}>")
        if tag in _BLOCKS and (bad := _PHRASES.intersection(self._open)):
            self.faults.append(f"<{tag}> in {bad}")
        if tag == "img" and "alt" not in facts:
            self.faults.append("<img> without alt")
        if any(name.startswith("on") or name == "style" for name in facts):
            self.faults.append(f"<{tag}> with {sorted(facts)}")
        self.ids.update([facts["id"]] if "id" in facts else [])
        if facts.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = facts["content"]
        if tag == "link" and facts["rel"] in ("stylesheet", "icon"):
            self.loaded.append(facts["href"])
        elif "href" in facts:
            self.links.append(facts["href"])
        self.loaded += [facts["src"]] if "src" in facts else []
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def close(self) -> None:
        super().close()
        self.faults += [f"<{tag}> is left open" for tag in self._open]
        self.faults += [f"id {name} stands {count} times" for name, count in self.ids.items() if count > 1]


def read(source: str) -> _Page:
    """The page, with its faults."""
    page = _Page()
    page.feed(source)
    page.close()
    return page


def faults(source: str) -> list[str]:
    """What is wrong with one page of an exported site."""
    page = read(source)
    found = list(page.faults)
    if not source.lower().startswith("<!doctype html>"):
        found.append("no doctype")
    once = ("html", "head", "body", "title", "main", "h1")
    found += [f"{name}: {page.names[name]}" for name in once if page.names[name] != 1]
    found += [f"<{name}>" for name in ("script", "iframe", "form", "style", "base", "object") if page.names[name]]
    if not page.policy.startswith("default-src 'none'"):
        found.append("no policy")
    found += [f"loads {one}" for one in page.loaded if urlsplit(one).scheme or one.startswith(("/", "\\"))]
    return found


def dead_links(folder: Path) -> Iterator[str]:
    """Every relative link of a page below a folder that leads nowhere, or out of the folder."""
    for path in sorted(folder.rglob("*.html")):
        page = read(path.read_text("utf-8"))
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https") or (not parts.path and parts.fragment in page.ids):
                continue
            target = (path.parent / unquote(parts.path)).resolve()
            if parts.scheme or not target.is_file() or folder.resolve() not in target.parents:
                yield f"{path.relative_to(folder)}: {link}"
