"""Listed instruments: every way Sina marks one, read into one standard form, `CODE.MARKET`.

In: raw marks (`sh600941`, `hf_CL`), comments, quote links, prose. Out: `Symbol`, or None where a mark names nothing we
know. Called by parse (tags of the 7x24 API) and clean (marks in articles). Standard markets: SH, SZ, BJ, NQ, CSI, HK,
US, OF (fund that is not listed), SHFE, INE, DCE, CZCE, GFEX, CFFEX, HF (overseas futures), FX.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import unquote

from aggregator.kit import urls
from aggregator.models import Found, Symbol

#: Product letters of the Chinese futures exchanges.
_PRODUCTS = {
    "CFFEX": "IF IC IH IM T TF TS TL",
    "SHFE": "CU AL ZN PB NI SN AU AG RB HC SS BU RU FU SP AO BR WR",
    "INE": "SC LU NR BC EC",
    "DCE": "A B M Y P C CS L V PP J JM I JD EB EG PG LH RR LG BZ FB BB",
    "CZCE": "CF SR TA MA RM OI FG AP CJ SF SM UR SA PF PK PX SH PR ZC WH PM RI LR JR RS CY",
    "GFEX": "SI LC PS",
}
_EXCHANGE = {letters: exchange for exchange, row in _PRODUCTS.items() for letters in row.split()}
_FUTURES_MARKETS = {"CFF": "CFFEX", "ZCE": "CZCE", "SHF": "SHFE", **{name: name for name in _PRODUCTS}}
_US_INDICES = frozenset({"DJI", "IXIC", "INX", "SPX", "NDX", "SOX", "VIX", "RUT"})
_CURRENCIES = frozenset(
    {"USD", "CNY", "CNH", "EUR", "JPY", "GBP", "HKD", "AUD", "CAD", "CHF", "NZD", "SGD", "KRW", "RUB", "THB", "TWD"}
)
#: What the market word beside a code says of it, whoever wrote the word: API tags, comment types.
_MARKET_WORDS = {
    "cn": "cn", "stock": "cn", "hk": "hk", "hkstock": "hk", "us": "us", "usstock": "us", "sb": "sb", "fund": "fund",
    "foreign": "fx", "forex": "fx", "fx": "fx", "global": "hf", "overseas_futures": "hf", "future": "futures",
    "futures": "futures",
}  # fmt: skip
_WRAPPING = re.compile(r"(?:(?:us|hk)?stock|quote|forex|funds?|futures?)_(?=\w|\$)", re.IGNORECASE)
_KEYWORDS = re.compile(r"news_keyword_pub\s*,\s*(\w+)\s*,([^>]*)")
_DIVISION = re.compile(r"[&,;\s]+")
_SUFFIXES = {"SS": "SH", "SH": "SH", "SZ": "SZ", "BJ": "BJ", "NQ": "NQ", "HK": "HK", "US": "US", "O": "US", "N": "US",
             "OF": "OF", "CSI": "CSI"}  # fmt: skip


def read(raw: str, found: Found, *, market: str | None = None, name: str | None = None) -> Symbol | None:
    """Read one mark; `market` is the word that stood beside it (`cn`, `hk`, `us`, `SHFE`, a comment's type …)."""
    mark = raw.strip()
    bare = _WRAPPING.sub("", mark, count=1) if "_" in mark else mark
    if market is None and mark[: -len(bare) or None].lower() == "usstock_":
        market = "us"
    word = (market or "").strip()
    area = _MARKET_WORDS.get(word.lower())
    if area is None and word.upper() in _FUTURES_MARKETS:
        area = "futures"
    for reader in (_prefixed, _standard, _BY_AREA.get(area or "", _unhinted)):
        if hit := reader(bare, word.upper()):
            code, kind = hit
            return Symbol(code=code, found=found, raw=mark, name=(name or "").strip() or None, kind=kind)
    return None


def typed(value: str) -> str:
    """The code of what a person types: 600941, sh600941 and 600941.SH are one instrument, 700 and 0700.HK another.

    Six digits are of the mainland, fewer of Hong Kong, letters alone of the United States. What is none of these is
    given back in capitals.
    """
    bare = value.strip()
    market = None
    if bare.isascii() and bare.isdigit():
        market = "cn" if len(bare) == 6 else "hk"
    elif bare.isascii() and bare.isalpha():
        market = "us"
    found = read(bare, Found.MARKUP, market=market) or read(bare, Found.MARKUP)
    return found.code if found else bare.upper()


def from_comment(comment: str) -> list[Symbol]:
    """Symbols of a page comment `news_keyword_pub,TYPE,CODE&CODE`; the type tells how to read bare codes."""
    found = _KEYWORDS.search(comment)
    if not found:
        return []
    marks = (mark.strip(" -") for mark in _DIVISION.split(found.group(2)))
    return list(merge(s for mark in marks if mark and (s := read(mark, Found.COMMENT, market=found.group(1)))))


def from_link(href: str) -> Symbol | None:
    """The symbol a link to one of Sina's quote pages stands for."""
    place = urls.host(href)
    if place and not urls.is_sina(place):
        return None
    address = unquote(href)
    for pattern, market in _LINKS:
        if hit := pattern.search(address):
            return read(hit.group(1), Found.MARKUP, market=market)
    return None


def from_prose(text: str) -> list[Symbol]:
    """Symbols that running text states in the usual ways: `（600519.SH）`, `（NASDAQ：AAPL）`, `（股票代码 MU）`."""
    hits: list[tuple[int, Symbol | None]] = []
    if _SUFFIX.search(text):
        start = 0
        for row in text.split("\n"):  # no code spans lines, and few lines have a point before a letter
            if _SUFFIX.search(row):
                hits += [(start + m.start(), read(m.group(), Found.PROSE)) for m in _SUFFIXED.finditer(row)]
            start += len(row) + 1
    if _LABEL_END.search(text.replace("：", ":").replace(" ", ":")):  # one sign to look for is quicker than three
        hits += [(m.start("code"), _labelled(m["label"].upper(), m["code"])) for m in _LABELLED.finditer(text)]
    hits.sort(key=lambda hit: hit[0])
    return list(merge(symbol for _, symbol in hits if symbol))


def merge(*groups: Iterable[Symbol]) -> tuple[Symbol, ...]:
    """One symbol a code, in order of first mention; the strongest way of finding wins, a name is kept from any."""
    best: dict[str, Symbol] = {}
    for symbol in (s for group in groups for s in group):
        held = best.get(symbol.code)
        if held is None:
            best[symbol.code] = symbol
            continue
        strong, weak = (symbol, held) if _STRENGTH[symbol.found] < _STRENGTH[held.found] else (held, symbol)
        best[symbol.code] = strong if strong.name or not weak.name else replace(strong, name=weak.name)
    return tuple(best.values())


_STRENGTH = {found: rank for rank, found in enumerate(Found)}
_Reading = tuple[str, str]  # standard code, kind


def _prefixed(mark: str, market: str) -> _Reading | None:
    """Marks whose prefix says all: sh600941, si931775, rt_hk00700, gb_aapl, of110022, nf_RB0, hf_CL, fx_susdcny."""
    hit = _PREFIXED.fullmatch(mark.lower())
    if not hit:
        return None
    kind, code = hit.lastgroup, hit[hit.lastindex or 0]
    if kind == "mainland":
        return _mainland(code[2:], code[:2].upper())
    if kind == "csi":
        return f"{code}.CSI", "index"
    if kind == "neeq":
        return f"{code}.NQ", "stock"
    if kind == "hf":
        return f"{code.upper()}.HF", "future"
    if kind in ("fx", "dollar"):
        return f"{code.upper()}.FX", "forex"
    readers = {"hk": _hong_kong, "us": _american, "fund": _fund, "future": _chinese_future}
    return readers[kind or ""](code, market)


_PREFIXED = re.compile(
    r"(?P<mainland>(?:sh|sz|bj)\d{6})|si(?P<csi>\d{6})|sb(?P<neeq>\d{6})|(?:rt_)?hk(?P<hk>\d{5}|[a-z]{2,10})"
    r"|(?:gb|usr)_(?P<us>\$?[a-z0-9.$]+)|(?:of|fu?_)(?P<fund>\d{6})|(?:nf_|cff_re_)(?P<future>[a-z]{1,2}\d{1,4})"
    r"|hf_(?P<hf>[a-z0-9_]{1,12})|fx_s?(?P<fx>[a-z]{6})|(?:fx_)?(?P<dollar>diniw)"
)


def _standard(mark: str, market: str) -> _Reading | None:
    """Codes with a market suffix: 600519.SH, 00700.HK, AAPL.US, RB2601.SHFE."""
    code, dot, suffix = mark.upper().rpartition(".")
    if not dot:
        return None
    if suffix in _FUTURES_MARKETS:
        return _chinese_future(code, suffix)
    place = _SUFFIXES.get(suffix)
    if place in ("SH", "SZ", "BJ") and re.fullmatch(r"\d{6}", code):
        return _mainland(code, place)
    if place in ("NQ", "OF", "CSI") and re.fullmatch(r"\d{6}", code):
        return f"{code}.{place}", {"NQ": "stock", "OF": "fund", "CSI": "index"}[place]
    if place == "HK" and re.fullmatch(r"\d{1,5}|[A-Z]{2,10}", code):
        return _hong_kong(code, market)
    if place == "US" and suffix == "US":
        return _american(code, market)
    if place == "US" and re.fullmatch(r"[A-Z]{1,5}", code) and market != "US":
        return f"{code}.US", "stock"
    return None


def _mainland(code: str, place: str) -> _Reading:
    index = (place == "SH" and code.startswith("000")) or (place == "SZ" and code.startswith("399"))
    if index or (place == "BJ" and code.startswith("899")):
        return f"{code}.{place}", "index"
    fund = (place == "SH" and code.startswith("5")) or (place == "SZ" and code.startswith(("15", "16", "18")))
    return f"{code}.{place}", "fund" if fund else "stock"


def _bare_mainland(mark: str, _market: str) -> _Reading | None:
    """Six digits known to be of the mainland: the first digits tell the exchange."""
    if not re.fullmatch(r"\d{6}", mark):
        return None
    if mark.startswith(("60", "68", "5", "900", "11")):
        return _mainland(mark, "SH")
    if mark.startswith(("00", "30", "15", "16", "18", "200", "12", "399")):
        return _mainland(mark, "SZ")
    if mark.startswith(("92", "43", "83", "87")):
        return _mainland(mark, "BJ")
    return None


def _neeq(mark: str, _market: str) -> _Reading | None:
    return (f"{mark}.NQ", "stock") if re.fullmatch(r"\d{6}", mark) else None


def _hong_kong(mark: str, _market: str) -> _Reading | None:
    if re.fullmatch(r"\d{1,5}", mark):
        return f"{mark.lstrip('0').zfill(4)}.HK", "stock"
    return (f"{mark.upper()}.HK", "index") if re.fullmatch(r"[A-Za-z]{2,10}", mark) else None


def _american(mark: str, _market: str) -> _Reading | None:
    code = mark.upper()
    index = code[:1] in ("$", ".")
    code = code[1:] if index else code.replace("$", ".")
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,6}(?:\.[A-Z]{1,2})?", code):
        return None
    return f"{code}.US", "index" if index or code in _US_INDICES else "stock"


def _fund(mark: str, _market: str) -> _Reading | None:
    if not re.fullmatch(r"\d{6}", mark):
        return None
    place = "SH" if mark[0] == "5" else "SZ" if mark[:2] in ("15", "16", "18") else "OF"
    return f"{mark}.{place}", "fund"


def _chinese_future(mark: str, market: str) -> _Reading | None:
    hit = re.fullmatch(r"([A-Z]{1,2})(\d{1,4})", mark.upper())
    if not hit:
        return None
    exchange = _EXCHANGE.get(hit.group(1)) or _FUTURES_MARKETS.get(market)
    return (f"{mark.upper()}.{exchange}", "future") if exchange else None


def _future(mark: str, market: str) -> _Reading | None:
    """A code on a futures page: Chinese where the product is, else overseas."""
    return _chinese_future(mark, market) or (None if market in _FUTURES_MARKETS else _overseas(mark, market))


def _overseas(mark: str, _market: str) -> _Reading | None:
    return (f"{mark.upper()}.HF", "future") if re.fullmatch(r"[A-Za-z]{1,4}\d?[A-Za-z]?", mark) else None


def _forex(mark: str, _market: str) -> _Reading | None:
    code = mark.upper()
    return (f"{code}.FX", "forex") if re.fullmatch(r"[A-Z]{6}|DINIW", code) else None


def _unhinted(mark: str, market: str) -> _Reading | None:
    """No market word: only what can be nothing else, a pair of known currencies or a futures contract."""
    code = mark.upper()
    if len(code) == 6 and code[:3] in _CURRENCIES and code[3:] in _CURRENCIES:
        return _forex(code, market)
    contract = re.fullmatch(r"([A-Z]{1,2})(?:0|\d{3,4})", code)
    return _chinese_future(code, market) if contract and contract.group(1) in _EXCHANGE else None


_BY_AREA: dict[str, Callable[[str, str], _Reading | None]] = {
    "cn": _bare_mainland, "sb": _neeq, "hk": _hong_kong, "us": _american, "fund": _fund, "futures": _future,
    "hf": _overseas, "fx": _forex,
}  # fmt: skip

_LINKS: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), market)
    for pattern, market in (
        (r"/realstock/company/((?:sh|sz|bj)\d{6})(?:/|\Z)", "cn"),
        (r"/hkstock/quotes/(\w{2,10})\.html", "hk"),
        (r"/usstock/quotes/([$.]?[\w.$]{1,10}?)\.html", "us"),
        (r"/fund/quotes/(\d{6})(?:/|\.s?html|\Z)", "fund"),
        (r"/futures/quotes/(\w{1,12})\.s?html", "futures"),
        (r"/future/quote\.html\?(?:[^#]*&)?code=(\w{1,12})", "futures"),
        (r"/forex/hq/(\w{5,10})\.s?html", "forex"),
        (r"/symbol/((?:sh|sz|bj)\d{6})(?:\.p?html|/|\Z)", "cn"),
        (r"[?&](?:symbol|code)=((?:sh|sz|bj|hk|gb_)[\w$]{2,10})(?:[&#]|\Z)", None),
    )
)
_SUFFIXED = re.compile(
    r"(?<![0-9A-Za-z.])(?:\d{6}\.(?:SH|SZ|BJ|SS|NQ|OF|CSI)|\d{4,5}\.HK|[A-Z]{1,5}(?:\.[A-Z])?\.US"
    r"|(?<=[（(])[A-Z]{1,5}\.[NO](?=[）)，,、;；/]))(?![0-9A-Za-z])",
)
#: What each of them holds; a text without it is not searched further.
_SUFFIX = re.compile(r"\.[A-Z]")
#: How each mark below ends. Colons and blanks are rare in Chinese prose, so that this is quick to look for.
_ENDING = r"[：: ]\s*(?P<code>[A-Z]{1,5}(?:\.[A-Z])?|\d{1,6})(?=[）)，,；;、/\s])"
_LABEL_END = re.compile(_ENDING.replace("[：: ]", ":").replace("/", "/:"), re.IGNORECASE)
_LABELLED = re.compile(
    r"[（(，,；;、/\s](?P<label>NASDAQ|NYSE(?:\s?American)?|AMEX|纳斯达克|纽交所|美交所|美股(?:代码)?|港股(?:代码)?|港交所|HKEX|SEHK|"
    r"股票代码|证券代码|股份代号|A股(?:代码)?|SSE|SZSE|上交所|深交所|北交所)\s*" + _ENDING,
    re.IGNORECASE,
)


def _labelled(label: str, code: str) -> Symbol | None:
    """A code after a label of its exchange, or after a plain 股票代码, whose form then tells the market."""
    digits = code.isdigit()
    if not digits and not code.isupper():
        return None
    if label in ("股票代码", "证券代码", "股份代号"):
        market = ("cn" if len(code) == 6 else "hk" if len(code) >= 4 else None) if digits else "us"
    elif label.startswith(("港", "HKEX", "SEHK")):
        market = "hk" if digits else None
    elif label.startswith(("A股", "SSE", "SZSE", "上", "深", "北")):
        market = "cn" if digits else None
    else:
        market = None if digits else "us"
    return read(code, Found.PROSE, market=market) if market else None
