"""Which document a page is: its own address, its other addresses, its document id.

In: a Soup, the Document, the site's rules. Out: Identity. A page may only speak for its own site: a canonical link to
another one would let any page take another page's place in the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.extract.soup import Soup
from aggregator.kit import urls
from aggregator.models import Document, SiteRules

_CANONICAL = ('link[rel="canonical"]@href', 'meta[property="og:url"]@content')
_IN_WORDS = re.compile(r"\burl=([^;\s]+)")  # mobile-agent: `format=html5; url=https://...`
_DOCID = re.compile(r"(?<![a-z0-9])(?:comos[:-]i?)?([a-z]{7}\d{7})(?![a-z0-9])")
_MOBILE = re.compile(r"(?:\A|[./])(?:m|wap|3g|amp)\.|\.sina\.cn\Z|\Asina\.cn\Z")


@dataclass(frozen=True, slots=True)
class Identity:
    """Addresses are canonical."""

    canonical: str
    aliases: tuple[str, ...]
    docid: str | None


def read(page: Soup, document: Document, rules: SiteRules | None) -> Identity:
    """Read the addresses and the id. A desktop address is preferred as the canonical one."""
    own = [address for address in (document.final_url, document.url) if urls.host(address)]
    stated = list(_stated(page, document.final_url or document.url, rules))
    known = list(dict.fromkeys(urls.canonical(address) for address in (*stated, *own)))
    desktop = [address for address in known if not _MOBILE.search(urls.host(address))]
    canonical = (desktop or known)[0]
    return Identity(
        canonical=canonical,
        aliases=tuple(address for address in known if address != canonical),
        docid=_docid(page, rules, [canonical, *known]),
    )


def _stated(page: Soup, base: str, rules: SiteRules | None) -> Iterator[str]:
    for value in page.values((rules.canonical if rules else ()) or _CANONICAL):
        found = _IN_WORDS.search(value)
        address = urls.absolute(base, found.group(1) if found else value)
        if address and _same_site(base, address) and not _is_front_page(address, base):
            yield address


def _same_site(one: str, other: str) -> bool:
    first, second = urls.host(one), urls.host(other)
    if urls.is_sina(first) or urls.is_sina(second):
        return urls.is_sina(first) and urls.is_sina(second)
    return _site(first) == _site(second)


def _site(host: str) -> str:
    return re.sub(r"\A(?:www|m|wap|3g|amp|mobile)\.", "", host)


def _is_front_page(address: str, base: str) -> bool:
    """A template that names the site's front page as the canonical address of every article."""
    bare = re.sub(r"\Ahttps?://[^/]+/?", "", address)
    return not bare and bool(re.sub(r"\Ahttps?://[^/]+/?", "", base))


def _docid(page: Soup, rules: SiteRules | None, addresses: list[str]) -> str | None:
    if from_address := next((found for address in addresses if (found := urls.docid(address))), None):
        return from_address
    for value in page.values(rules.docid if rules else ()):
        if mark := _DOCID.search(value):
            return mark.group(1)
    return None
