"""Rule: links are absolute and canonical, and a link that leads nowhere is only its words.

In: hrefs as stated. Out: http(s) addresses; https wherever Sina serves them. Also used for pictures and videos.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aggregator.clean import tree
from aggregator.clean.draft import Draft
from aggregator.kit import urls

_SINA_FILES = re.compile(r"(?:.*\.)?(?:sinaimg\.cn|sinajs\.cn|sina\.com\.cn|sina\.cn|weibo\.com)\Z")


def mend(draft: Draft) -> None:
    """Rewrite every link of the article."""
    for anchor in tree.elements(draft.root, "a"):
        address = _target(draft.base, anchor.get("href"))
        nested = any(above.tag == "a" for above in anchor.ancestors())
        if address is None or nested or tree.is_empty(anchor):
            tree.unwrap(anchor)
        else:
            anchor.attrib = {"href": address}


def secure(base: str | None, address: str | None) -> str | None:
    """An absolute address of a picture or page; https on the hosts known to serve it."""
    found = urls.absolute(base, address)
    if found and found.startswith("http:") and _SINA_FILES.match(urls.host(found)):
        found = "https:" + found[5:]
    return found


def _target(base: str | None, href: str | None) -> str | None:
    """Canonical form of a link in prose. A query may be all that names a quote page or a report, so only Sina's
    articles, whose addresses carry their document id, lose theirs."""
    address = urls.absolute(base, href)
    if address is None:
        return None
    address = urls.unwrap(address)
    canonical = urls.canonical(address)
    parts = urlsplit(address)
    if not urls.is_sina(urls.host(address)):
        return canonical + (f"#{parts.fragment}" if parts.fragment and "#" not in canonical else "")
    if urls.docid(address) or not parts.query or "?" in canonical:
        return canonical
    return secure(None, address.partition("#")[0])
