"""Which picture an address shows, whatever size, host or format it is asked in.

In: addresses of pictures. Out: a key that stays when a site serves the same picture by another host of its own, through
a scaler, or with other parameters. Called by hashing: such a change is no new state of an article.
"""

from __future__ import annotations

import re

from aggregator.kit import urls

_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|svg|heic)\Z", re.IGNORECASE)
#: What an image service appends to a name: a.jpg!600, a.jpg@1e_660w, a-300x200.jpg.
_STYLE = re.compile(r"(?<=\.(?:jpg|png|gif|bmp))[!@~].*\Z|(?<=\.(?:jpeg|webp|avif))[!@~].*\Z", re.IGNORECASE)
_SCALED = re.compile(r"-\d{2,4}x\d{2,4}(?=\.\w{3,4}\Z)")
#: A segment that says how large: w550h278, 600x400, w_700, resize:fit:700.
_SIZE = re.compile(r"w\d{1,5}(?:h\d{1,5}\w*)?|\d{2,5}x\d{2,5}|[wh]_\d{2,5}.*|(?:re)?size[:=_-].*", re.IGNORECASE)
#: The segment before w550h278 that Sina derives from it.
_SUM = re.compile(r"\d{1,4}")
_PARAMETER = re.compile(
    r"(?:w|h|width|height|size|q|quality|dpr|fit|crop|resize|format|fm|auto|t|ts|_|timestamp|tp|from|x-oss-process|"
    r"image(?:View|Mogr)2.*|wx_?\w*)\Z",
    re.IGNORECASE,
)
_SECOND_LEVEL = frozenset(["com", "net", "org", "gov", "edu", "co", "ac"])


def key(url: str) -> str:
    """The key of the picture at `url`: its domain, its path without sizes, and parameters that may name it."""
    host, _, rest = urls.key(url).partition("/")
    path, _, query = rest.partition("?")
    segments = _named(path.split("/"))
    if host.endswith(".sinaimg.cn") and segments[0] == "n":
        del segments[0]  # the scaler k.sinaimg.cn puts the path of n.sinaimg.cn behind it
    kept = "" if _FILE.search(segments[-1]) else _naming(query)
    return f"{_domain(host)}/{'/'.join(segments)}{'?' if kept else ''}{kept}"


def _named(segments: list[str]) -> list[str]:
    """The segments that name the picture, up to its file; never none."""
    named: list[str] = []
    for segment in segments:
        if _SIZE.fullmatch(segment):
            if named and _SUM.fullmatch(named[-1]):
                del named[-1]
            continue
        named.append(_SCALED.sub("", _STYLE.sub("", segment)))
        if _FILE.search(named[-1]):
            break
    return named or segments


def _naming(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair and not _PARAMETER.match(pair.partition("=")[0]))


def _domain(host: str) -> str:
    """The last two labels of a host, three below com.cn and its like: sites spread pictures over many hosts."""
    labels = host.split(".")
    return ".".join(labels[-3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else -2 :])
