"""Bytes to text, before any parser sees them: a wrong declaration or one bad byte must not cost a whole feed.

In: the body of a response and what its header said. Out: `Decoded`. Called by parse (feeds, posts) and extract (pages).

Order, first fit wins: byte order mark; the NUL pattern of UTF-16 and UTF-32; UTF-8, whole or with a few bad bytes;
what the header and then the document declare (gb2312 and gbk are read as gb18030, their superset; Latin-1 and ASCII,
which servers send by default, come last and never against plausible Chinese); what the bytes look like, Chinese first;
at last the best candidate with its bad bytes replaced, two characters at most for each.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["xml", "html", "json", "text"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a body. No byte order mark at its front; an XML declaration still stands there as it was."""

    text: str
    encoding: str  #: Python codec name of what the bytes turned out to be
    replaced: int  #: how many U+FFFD stand for bytes that could not be read


#: Codecs that read more than the name says, as browsers do (WHATWG Encoding Standard §4.2).
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs", "euc_kr": "cp949",
              "shift_jis": "cp932", "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254",
              "iso8859-11": "cp874", "tis-620": "cp874"}  # fmt: skip
#: Labels met in the wild that Python does not know.
_LABELS = {"x-gbk": "gbk", "windows-936": "gbk", "x-sjis": "shift_jis", "x-euc-jp": "euc_jp", "x-x-big5": "big5",
           "windows-949": "cp949", "x-cp1251": "cp1251", "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8"}  # fmt: skip
_REFUSED = frozenset({"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_MULTIBYTE = frozenset({"gb18030", "big5hkscs", "cp949", "cp932", "euc_jp"})
_SEVEN_BIT = ("iso2022", "hz")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with theirs
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Two ASCII characters at the front, seen as wide characters (XML 1.0 appendix F, RFC 4627 §3).
_NUL_PATTERNS = (
    (re.compile(rb"[\x09-\x7e]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[\x09-\x7e]"), "utf-32-be"),
    (re.compile(rb"[\x09-\x7e]\0[^\0]"), "utf-16-le"),
    (re.compile(rb"\0[\x09-\x7e]\0[^\0]"), "utf-16-be"),
)
_XML_DECLARED = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']?\s*([\w.:-]+)")
_META_DECLARED = re.compile(rb"<meta\s[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# An open comment ends with the document: searching on from each would cost the square of their number.
_HTML_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HIGH_BYTES = bytes(range(0x80, 0x100))
_UTF8_LONG = re.compile(rb"[\xe0-\xf4]")
# Bytes that are never part of a longer character in any multi-byte codec here: damage cannot reach beyond them.
_SAFE = re.compile(rb"([\x00-\x2f\x3a-\x3f]+)")
#: The most frequent characters of Chinese news; they tell a right alignment from one that is shifted by a byte.
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所"
    "然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长"
    "把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产新制身果"
    "加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活"
    "尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决"
    "治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉"
    "术领共确传师观清今切院让识候带导争运股盘涨跌价升降买卖购增减持仓券债银证监央汇率息货币贷款融投商企营收净亏损"
    "盈润季财策宏供需消费房楼套均元亿百码黄油钢铜农煤板块创龙概念震荡弹调整落突破低早午评快讯披露速环预退组停牌复"
    "级标维推荐研究构准联储欧恒琼纳普网称示"
)
# No news is written with these; GBK gives them where its bytes are read out of step.
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_CYRILLIC_WORD = re.compile("[а-яё]{4}")
_HEAD = 1 << 16  # bytes searched for a declaration: Chinese pages may carry it behind long scripts
_SAMPLE = 1 << 14  # characters looked at to judge what a text looks like
_MOST_MENDED = 1 << 16  # damaged bytes that are realigned with care; a body with more is no text anyway


def decode(body: bytes, *, header: str | None = None, kind: Kind = "xml") -> Decoded:
    """Decode a body. `header` is the Content-Type header or the charset alone; `kind` says how documents declare.

    Never raises. A declared encoding that is not known, or that its bytes deny, counts as none.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            body = body[len(mark) :]
            if encoding != "utf-8":
                return _lenient(body, encoding)
            break  # a template may have glued this mark to bytes of another encoding: judge them as any
    else:
        for pattern, encoding in _NUL_PATTERNS:
            if pattern.match(body):
                return _lenient(body, encoding)
    stated = [_codec(_header_charset(header)), _codec(_declared(body, kind))]
    return _narrow(body, [c for c in dict.fromkeys(stated) if c and not c.startswith(("utf-16", "utf-32"))])


def surely_utf8(body: bytes, header: str | None) -> bool:
    """True when `decode` takes this body of XML for UTF-8 if it is valid UTF-8, whatever stands in its middle."""
    if body.startswith(codecs.BOM_UTF8):
        body = body[len(codecs.BOM_UTF8) :]
    elif any(pattern.match(body) for pattern, _ in _NUL_PATTERNS):
        return False
    if not _XML_DECLARED.match(body) and re.search(rb"<html[\s>]", body[:1024], re.IGNORECASE):
        return False  # then a meta element counts, wherever it stands
    stated = {_codec(_header_charset(header)), _codec(_declared(body, "xml"))}
    return stated <= {None, "utf-8", "cp1252"}


def _narrow(body: bytes, stated: list[str]) -> Decoded:
    """Decode bytes without a wide encoding; `stated` are codecs, the header's first."""
    if (utf8 := _as_utf8(body, stated)) is not None:
        return utf8
    told = [c for c in stated if c not in ("utf-8", "cp1252")]
    fitting = [d for c in told if (d := _strict(body, c)) is not None]
    if fitting:
        best = next((d for d in fitting if len(fitting) == 1 or _likeness(d) >= 0.5), fitting[0])
        return _realigned(body, best.encoding) if _PRIVATE_USE.search(best.text) else best
    if (guess := _guess(body, latin_stated="cp1252" in stated)) is not None:
        return guess
    damaged = [_lenient(body, c) for c in dict.fromkeys([*told, "gb18030"])]
    best = min(damaged, key=lambda d: d.replaced)
    if told or _likeness(best) >= 0.75:
        return best
    return _lenient(body, "utf-8" if "utf-8" in stated else "cp1252")


def _as_utf8(body: bytes, stated: list[str]) -> Decoded | None:
    """UTF-8, whole or with a few bad bytes; None where the bytes are something else."""
    whole = _strict(body, "utf-8")
    if whole is None:
        mended = _lenient(body, "utf-8")
        single = len(body.translate(None, _HIGH_BYTES))  # each gave one character, all others are good or replaced
        good = len(mended.text) - single - mended.text.count("\ufffd")
        needed = 1 if "utf-8" in stated else 2  # other encodings hold about one such sequence to ten bad bytes
        return mended if good >= needed * mended.replaced else None
    if body.isascii():
        shifted = next((c for c in stated if c.startswith(_SEVEN_BIT)), None)
        return (shifted and _strict(body, shifted)) or whole
    other = next((c for c in stated if c in _MULTIBYTE), None)
    if other and not _UTF8_LONG.search(body):
        # Pairs of bytes alone: a few GBK characters can look like this by accident. Chinese in UTF-8 takes three.
        meant = _strict(body, other)
        if meant is not None and _likeness(meant) >= 0.75:
            return meant
    return whole


def _guess(body: bytes, *, latin_stated: bool) -> Decoded | None:
    """The encoding nobody stated, by what the text would look like; a stated Latin-1 only yields to Chinese."""
    for encoding in ("gb18030",) if latin_stated else _GUESSES:
        read = _strict(body, encoding)
        if read is not None and _likeness(read) >= 0.8:
            if encoding in _CYRILLIC and not _CYRILLIC_WORD.search(read.text):
                continue  # single letters of a Latin text look like Cyrillic ones
            if not latin_stated or sum(not c.isascii() for c in read.text[:_SAMPLE]) >= 4:
                return read
    return None


def _strict(body: bytes, encoding: str) -> Decoded | None:
    try:
        return Decoded(body.decode(encoding), encoding, 0)
    except (UnicodeDecodeError, LookupError):
        if encoding != "cp1252":
            return None
    # Five bytes have no character in windows-1252; browsers let them through as C1 controls.
    return Decoded(body.decode("latin-1").translate(_C1), "cp1252", 0)


_C1 = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}


def _lenient(body: bytes, encoding: str) -> Decoded:
    """Decode whatever can be decoded; every byte that cannot becomes U+FFFD, and only that byte."""
    if (whole := _strict(body, encoding)) is not None:
        return whole
    if encoding in _MULTIBYTE:
        return _realigned(body, encoding)
    text = body.decode(encoding, "replace")
    genuine = body.count("\ufffd".encode(encoding)) if encoding.startswith("utf") else 0
    return Decoded(text, encoding, max(1, text.count("\ufffd") - genuine))


def _realigned(body: bytes, encoding: str) -> Decoded:
    """Decode a damaged multi-byte text so that one lost or wrong byte does not shift all characters after it."""
    pieces: list[str] = []
    replaced = mended = 0
    for piece in _SAFE.split(body):
        if (read := _strict(piece, encoding)) is not None and not _PRIVATE_USE.search(read.text):
            pieces.append(read.text)
            continue
        mended += len(piece)
        if mended > _MOST_MENDED:
            text = piece.decode(encoding, "replace")
            bad = text.count("\ufffd")
        else:
            text, bad = _cheapest(piece, encoding)
        pieces.append(text)
        replaced += bad
    return Decoded("".join(pieces), encoding, replaced)


def _cheapest(piece: bytes, encoding: str) -> tuple[str, int]:
    """The reading of a damaged stretch with the least damage and the fewest rare characters (shortest path)."""
    size = len(piece)
    cost = [0] + [1 << 30] * size
    step: list[tuple[int, str]] = [(0, "")] * (size + 1)
    for i in range(size):
        for length in (1, 2, 4):
            end = i + length
            if end > size or (length > 1 and piece[i] < 0x80):
                break
            char, price = _priced(piece[i:end], encoding, edge=i == 0 or end == size)
            if cost[i] + price < cost[end]:
                cost[end] = cost[i] + price
                step[end] = (i, char)
    chars: list[str] = []
    end = size
    while end:
        end, char = step[end]
        chars.append(char)
    return "".join(reversed(chars)), chars.count("\ufffd")


def _priced(raw: bytes, encoding: str, *, edge: bool) -> tuple[str, int]:
    """What `raw` reads as, and how unlikely that is. Damage is likeliest at the edge, where a wrong byte cut a run."""
    char = _character(raw, encoding)
    if char is None:
        return "\ufffd", (10 if edge else 12, 16, 99)[min(len(raw), 3) - 1]
    if raw[0] < 0x80 or char in _FREQUENT:
        return char, 0
    if _PRIVATE_USE.match(char):
        return char, 20
    return char, 2 if _common(raw, encoding) else 6


def _character(raw: bytes, encoding: str) -> str | None:
    try:
        char = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return char if len(char) == 1 else None


def _common(raw: bytes, encoding: str) -> bool:
    """Whether a character is of everyday use: for GB, punctuation and the 3755 hanzi of GB 2312 level 1."""
    if encoding != "gb18030":
        return len(raw) > 1
    return len(raw) == 2 and raw[1] >= 0xA1 and (0xB0 <= raw[0] <= 0xD7 or 0xA1 <= raw[0] <= 0xA3)


# ------------------------------------------------------------------------------------------------- what text looks like

#: Encodings tried where nobody states one, Chinese first.
_GUESSES = ("gb18030", "big5hkscs", "cp932", "euc_jp", "koi8-r", "cp1251")
_CYRILLIC = ("koi8-r", "cp1251")


def _likeness(read: Decoded) -> float:
    """Share of the foreign characters that texts in this encoding use every day; 1.0 where there is no such list."""
    common = _everyday(read.encoding)
    if not common:
        return 1.0
    foreign = [c for c in read.text[:_SAMPLE] if not c.isascii()]
    return sum(c in common for c in foreign) / len(foreign) if foreign else 1.0


@lru_cache(maxsize=16)
def _everyday(encoding: str) -> frozenset[str]:
    match encoding:
        case "gb18030":
            return _block("gb18030", range(0xA1, 0xA4), range(0xA1, 0xFF)) | _block(
                "gb18030", range(0xB0, 0xD8), range(0xA1, 0xFF)
            )
        case "big5hkscs":
            return _block("big5hkscs", range(0xA1, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
        case "cp932" | "euc_jp":
            kana = {chr(c) for c in range(0x3041, 0x30FF)}
            return frozenset(kana) | _block("euc_jp", (*range(0xA1, 0xA4), *range(0xB0, 0xD0)), range(0xA1, 0xFF))
        case "cp949":
            return frozenset(chr(c) for c in range(0xAC00, 0xD7A4))
        case "koi8-r" | "cp1251":
            return frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяё–—«»")
    return frozenset()


def _block(encoding: str, leads: Iterable[int], trails: Iterable[int]) -> frozenset[str]:
    rows = tuple(trails)
    return frozenset(c for a in leads for b in rows if (c := _character(bytes((a, b)), encoding)))


# ------------------------------------------------------------------------------------------------- what is declared


def _header_charset(header: str | None) -> str | None:
    if not header:
        return None
    if found := _HEADER_CHARSET.search(header):
        return found.group(1)
    return None if re.search(r"[/;\s]", header.strip()) else header.strip()


def _declared(body: bytes, kind: Kind) -> str | None:
    """What the document says of itself: XML declaration, then, for HTML, its meta element."""
    if kind in ("json", "text"):
        return None
    if found := _XML_DECLARED.match(body):
        return found.group(1).decode("ascii", "ignore")
    head = body[:_HEAD]
    if kind == "xml" and not re.search(rb"<html[\s>]", head[:1024], re.IGNORECASE):
        return None
    found = _META_DECLARED.search(_HTML_COMMENT.sub(b"", head))
    return found.group(1).decode("ascii", "ignore") if found else None


@lru_cache(maxsize=256)
def _codec(label: str | None) -> str | None:
    """Python's codec for a charset label, widened to its superset; None for unknown and dangerous ones."""
    if not label:
        return None
    name = label.strip().lower()
    try:
        codec = codecs.lookup(_LABELS.get(name, name)).name
        b"a".decode(codec)  # raises LookupError for codecs that are no text encodings
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if codec in _REFUSED else _SUPERSETS.get(codec, codec)
