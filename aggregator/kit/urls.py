"""Addresses: mend them, find out which document they name, and compare them.

In: addresses as feeds, pages and APIs state them. Out: absolute http(s) addresses, canonical forms, identity keys,
Sina document ids, file-safe slugs. Called by parse (links), extract and clean (links in pages), store (identity).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit, urlunsplit

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BLANKS_WITHIN = re.compile(r"[\t\r\n\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_TRACKING = re.compile(
    r"(?:utm_\w*|spm|scm|cre|finpagefr|from|fbclid|gclid|msclkid|yclid|igshid|mc_[ce]id|_ga|isappinstalled|"
    r"share_token|share_from|nsukey|wt_mc|hmsr|tdsourcetag)\Z",
    re.IGNORECASE,
)
#: (host, path, parameter): pages that only forward to the address in their parameter.
_REDIRECTORS = (
    ("cj.sina.cn", "/article/norm_detail", "url"),
    ("go.rss.sina.com.cn", "/redirect.php", "url"),
)
_DOCID_IN_NAME = re.compile(r"/(?:doc|detail)-i?([a-z]{7}\d{7})(?![a-z0-9])")
_DOCID_MARK = re.compile(r"(?:\A|:)comos[:-]i?([a-z]{7}\d{7})(?![a-z0-9])")
_SLIDE_IN_NAME = re.compile(r"/slide_(\d+)_(\d+)_(\d+)\.html")
_FLASH_FRAGMENT = re.compile(r"feed-\d+\Z")
_SINA = ("sina.com.cn", "sina.cn", "sina.com")
_BELOW_SINA = tuple("." + root for root in _SINA)
#: Addresses that nothing needs mending in, as nearly all are: scheme, host without port, path, query. None of their
#: characters is ever escaped, and they have no fragment.
_PLAIN = re.compile(
    r"(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(/[A-Za-z0-9/._~-]*)?(?:\?([A-Za-z0-9&=._~-]+))?\Z", re.ASCII
)
_LONGEST_BASE = 2_000  # bases are remembered, and a feed may state one of any length
_FORWARDING = frozenset(host for host, _, _ in _REDIRECTORS)
_DEFAULT_PORT = {"http": 80, "https": 443}
_RESERVED_NAMES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\Z")


def absolute(base: str | None, href: str | None) -> str | None:
    """Resolve `href` against `base` into an absolute http(s) address, or None where it names none.

    Mended: blanks around and within, control characters, backslashes, a missing scheme before `//`.
    `javascript:`, `data:`, `mailto:` and every other scheme give None, and so does a fragment on its own.
    """
    if href and _PLAIN.match(href) and (not base or (len(base) <= _LONGEST_BASE and _can_be_base(base))):
        return href
    mended = _BLANKS_WITHIN.sub("", href or "").strip(" \u00a0\u3000\u200b\ufeff")
    if not mended or mended.startswith("#"):
        return None
    if not _SCHEME.match(mended) or mended[:5].lower() in ("http:", "https"):
        mended = _forward_slashes(mended)
    try:
        joined = urljoin(_forward_slashes((base or "").strip()), mended)
        if joined.startswith("//"):
            joined = "https:" + joined
        parts = urlsplit(joined)
        _ = parts.port  # raises ValueError where the port is no number
    except ValueError:
        return None
    name = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not name or re.search(r"[\s<>\"{}|^`]", parts.netloc):
        return None
    return joined.replace(" ", "%20")


def unwrap(url: str) -> str:
    """Follow redirector addresses that carry their target in the query (at most three deep), else `url` itself."""
    if (plain := _PLAIN.match(url)) and plain[2] not in _FORWARDING:
        return url
    for _ in range(3):
        target = _redirect_target(url)
        if target is None:
            break
        url = target
    return url


def canonical(url: str) -> str:
    """The one form of an address: unwrapped, lower-case host, no default port, fragment or tracking parameters.

    Sina addresses become https and lose their query, which never names an article there, but for `.php` scripts.
    Other hosts keep their scheme (http may be all they serve) and their other parameters in order. The fragment of a
    Sina 7x24 item (`/7x24/#feed-123`) stays: it alone tells one item from the next. Idempotent. An address that
    cannot be read comes back stripped and otherwise as it was.
    """
    if (plain := _PLAIN.match(url)) and plain[2] not in _FORWARDING:
        return "://".join(_plain_parts(plain))
    url = unwrap(url.strip())
    try:
        parts = urlsplit(url)
        port, name = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError:
        return url
    if parts.scheme not in ("http", "https") or not name:
        return url
    sina = is_sina(name)
    scheme = "https" if sina else parts.scheme
    netloc = _ascii_host(name)
    if port is not None and port not in (_DEFAULT_PORT[scheme], _DEFAULT_PORT[parts.scheme]):
        netloc += f":{port}"
    if "@" in parts.netloc:
        netloc = parts.netloc.rpartition("@")[0] + "@" + netloc
    path = _escaped(parts.path) or "/"
    query = "" if sina and not path.endswith(".php") else _without_tracking(parts.query)
    fragment = parts.fragment if sina and "/7x24" in path and _FLASH_FRAGMENT.match(parts.fragment) else ""
    return urlunsplit((scheme, netloc, path, query, fragment))


def key(url: str) -> str:
    """Identity key of the document at `url`: the canonical address without its scheme."""
    if (plain := _PLAIN.match(url)) and plain[2] not in _FORWARDING:
        return _plain_parts(plain)[1]
    whole = canonical(url)
    scheme, mark, rest = whole.partition("://")
    return rest if mark and scheme in ("http", "https") else whole


def docid(text: str | None) -> str | None:
    """Sina's document id in an address (`doc-i<docid>.shtml`, `detail-i<docid>.d.html`) or mark (`comos:<docid>`).

    Seven letters and seven digits; slide shows give `9-100-700001`. None where the address is not Sina's or has none.
    """
    if not text:
        return None
    if (plain := _PLAIN.match(text)) and plain[2] not in _FORWARDING:
        return _docid_in(text[: plain.end(3)] if plain[4] else text) if is_sina(plain[2]) else None
    mark = _DOCID_MARK.search(text)
    if mark and "/" not in text:
        return mark.group(1)
    url = unwrap(text)
    if not is_sina(host(url)):
        return None
    return _docid_in(url.partition("?")[0].partition("#")[0])


def _docid_in(path: str) -> str | None:
    if found := _DOCID_IN_NAME.search(path):
        return found.group(1)
    if slide := _SLIDE_IN_NAME.search(path):
        return "-".join(slide.groups())
    return None


def host(url: str) -> str:
    """Lower-case host name of an address, '' where there is none."""
    if plain := _PLAIN.match(url):
        return plain[2]
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_sina(host: str) -> bool:
    """True for hosts Sina serves news on (`sina.com.cn`, `sina.cn`, `sina.com` and below); not its picture hosts."""
    name = host.lower().rstrip(".")
    return name.endswith(_BELOW_SINA) or name in _SINA


def slug(text: str) -> str:
    """ASCII slug, safe as a file name on every system: `[a-z0-9-]`, 1 to 64 characters.

    Where letters had to be dropped (Chinese, say), a short hash of the text keeps different names apart.
    """
    normal = unicodedata.normalize("NFKC", text).strip()
    plain = unicodedata.normalize("NFKD", normal).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-")
    lossless = all(c.isascii() or not c.isalnum() for c in normal) and len(plain) <= 48
    if words and lossless and not _RESERVED_NAMES.match(words):
        return words
    mark = hashlib.blake2b(normal.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{words or 'feed'}-{mark}"


def _plain_parts(plain: re.Match[str]) -> tuple[str, str]:
    """What `canonical` makes of a plain address: scheme, and all behind `://`."""
    scheme, name, path, query = plain.groups()
    path = path or "/"
    if is_sina(name):
        scheme = "https"
        query = query if path.endswith(".php") else None
    if query and (kept := _untracked(query)):
        return scheme, f"{name}{path}?{kept}"
    return scheme, name + path


@lru_cache(maxsize=1024)
def _can_be_base(base: str) -> bool:
    """Whether `urljoin` takes this base: it reads it even where the address to be joined is absolute."""
    try:
        urljoin(_forward_slashes(base.strip()), "https://host/")
    except ValueError:
        return False
    return True


def _forward_slashes(url: str) -> str:
    """Backslashes before the query are slashes, as browsers read them."""
    head, mark, tail = url.partition("?")
    return head.replace("\\", "/") + mark + tail


def _redirect_target(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        name = parts.hostname
    except ValueError:
        return None
    for redirector, path, parameter in _REDIRECTORS:
        if name == redirector and parts.path == path:
            for label, value in parse_qsl(parts.query):
                if label == parameter:
                    return absolute(None, value) or absolute(None, unquote(value))
    return None


def _ascii_host(name: str) -> str:
    if ":" in name:
        return f"[{name}]"
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return name


def _escaped(part: str) -> str:
    """Percent-encode what an address may not hold, and write the escapes it has in upper case."""
    part = _ESCAPE.sub(lambda m: m.group().upper(), _BARE_PERCENT.sub("%25", part))
    return quote(part, safe="%/:@!$&'()*+,;=~?[]-._", errors="replace")


def _without_tracking(query: str) -> str:
    return _escaped(_untracked(query))


def _untracked(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair and not _TRACKING.match(pair.partition("=")[0]))
