"""OPML 2.0: a list of feeds as readers exchange it (https://opml.org/spec2.opml).

In: a file, or feeds. Out: Followed items, or a file. Folders are categories. What OPML has no attribute for (slug,
rhythm, zone …) stands in a namespace of ours, so that a list comes back as it left. Called by app/.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path

from lxml import etree

from aggregator.archive import files, packed
from aggregator.archive.items import Broken, Contents, Followed, Written
from aggregator.errors import ArchiveError
from aggregator.kit import charset, text

#: Names the attributes that are ours.
NAMESPACE = "urn:aggregator:opml"

#: A list of 50,000 feeds has about so many bytes.
LARGEST = 16 * 2**20

#: What else is kept of a feed: attributes in our namespace, by the keys of feeds.toml.
SETTINGS = ("slug", "interval", "timezone", "language", "full_text", "enabled")


def read(path: Path, _skip: int = 0) -> Iterator[Followed | Broken]:
    """The feeds of a file. Raises ArchiveError; see `parse`."""
    where = files.shown(path)
    with packed.errors(where), packed.opened(path) as stream:
        body = stream.read(LARGEST + 1)
    yield from parse(body, where)


def write(contents: Contents, dest: Path) -> Generator[Written]:
    """Write the feed list to one file. Raises ArchiveError."""
    with files.replacing(dest) as file:
        file.write(compose(contents.followed(), contents.title))
    yield Written(files.shown(dest))


def parse(body: bytes, where: str) -> list[Followed | Broken]:
    """The feeds of a list; `where` names it. Mark-up with mistakes is mended as far as it can be read, and told.

    Raises ArchiveError for what is no OPML at all, declares entities, or is larger than LARGEST.
    """
    if len(body) > LARGEST:
        raise ArchiveError(where, f"is larger than {LARGEST // 2**20} MB; no list of feeds is")
    source = text.strip_controls(charset.decode(body, kind="xml").text).lstrip()
    if "<!ENTITY" in source:
        raise ArchiveError(where, "declares entities, which no list of feeds needs; take the DOCTYPE out")
    root, mistake = _tree(source)
    if root is None or _name(root).lower() not in ("opml", "outlinedocument"):
        raise ArchiveError(where, "is no OPML; it should begin with <opml version=…>")
    items = [_item(element, folders, where) for element, folders in _outlines(root)]
    mended = [Broken(where, f"is not well-formed ({mistake}); what could be read of it was taken")] if mistake else []
    return [*mended, *(item for item in items if item is not None)]


def compose(feeds: Iterable[Followed], title: str) -> bytes:
    """A list with folders by category. The same feeds give the same bytes."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"agg": NAMESPACE})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = text.strip_controls(title)
    body = etree.SubElement(root, "body")
    folders: dict[tuple[str, ...], etree._Element] = {(): body}
    for one in feeds:
        attributes = {"type": "rss", "text": one.name, "title": one.name, "xmlUrl": one.url}
        if one.categories:
            attributes["category"] = "/" + "/".join(one.categories)
        attributes |= {f"{{{NAMESPACE}}}{key}": one.settings[key] for key in SETTINGS if key in one.settings}
        clean = {key: text.strip_controls(value) for key, value in attributes.items()}
        etree.SubElement(_folder(folders, one.categories), "outline", clean)
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written


def _folder(folders: dict[tuple[str, ...], etree._Element], path: tuple[str, ...]) -> etree._Element:
    if path not in folders:
        name = text.strip_controls(path[-1])
        folders[path] = etree.SubElement(_folder(folders, path[:-1]), "outline", {"text": name, "title": name})
    return folders[path]


def _tree(source: str) -> tuple[etree._Element | None, str | None]:
    """The root, and the first mistake that was mended, if any."""
    data = source.partition("?>")[2].encode() if source.startswith("<?xml") else source.encode()
    # Neither files nor connections are opened; lxml's own limits on depth and text stay (huge_tree is off).
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "remove_comments": True}
    try:
        return etree.fromstring(data, etree.XMLParser(encoding="utf-8", **options)), None  # type: ignore[arg-type]
    except etree.XMLSyntaxError as error:
        parser = etree.XMLParser(encoding="utf-8", recover=True, **options)  # type: ignore[arg-type]
        try:
            return etree.fromstring(data, parser), error.msg
        except etree.XMLSyntaxError:
            return None, None


def _outlines(root: etree._Element) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    """Every outline with the folders above it, in the order of the file. A feed is no folder of those below it."""
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(element, ()) for element in reversed(root)]
    while waiting:
        element, folders = waiting.pop()
        inside: tuple[str, ...] = folders
        if _name(element) == "outline":
            stated = _attributes(element)
            yield element, folders
            if not stated.get("xmlurl") and (name := _label(stated)):
                inside = (*folders, name)
        elif _name(element) != "body":
            continue
        waiting += [(child, inside) for child in reversed(element)]


def _item(element: etree._Element, folders: tuple[str, ...], where: str) -> Followed | Broken | None:
    stated = _attributes(element)
    place = f"{where}:{element.sourceline}"
    if url := (stated.get("xmlurl") or "").strip():
        settings = {key: value for key in SETTINGS if (value := element.get(f"{{{NAMESPACE}}}{key}"))}
        return Followed(place, url, _label(stated), folders or _categories(stated.get("category")), settings)
    kind = (stated.get("type") or "").strip().lower()
    if kind in ("rss", "atom", "feed"):
        return Broken(place, f"{_label(stated) or 'an outline'} has no address (xmlUrl)")
    if kind == "include":
        return Broken(place, f"leads to another list, {stated.get('url') or 'without address'}; import that one too")
    return None


def _attributes(element: etree._Element) -> dict[str, str]:
    """Attributes without namespace; some programs write xmlurl for xmlUrl."""
    return {str(name).lower(): str(value) for name, value in element.attrib.items()}


def _label(stated: Mapping[str, str]) -> str:
    return text.line(stated.get("text") or "") or text.line(stated.get("title") or "")


def _categories(stated: str | None) -> tuple[str, ...]:
    """`/a/b` is a path, `a,b` are words; of several paths the first one holds."""
    paths = [
        path for part in (stated or "").split(",") if (path := [text.line(w) for w in part.split("/") if w.strip()])
    ]
    if not paths:
        return ()
    if len(paths) > 1 and all(len(path) == 1 for path in paths):
        return tuple(dict.fromkeys(path[0] for path in paths))
    return tuple(paths[0])


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
