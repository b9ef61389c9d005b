"""The languages of the interface, and which one a request gets. Articles stay in the language they are written in.

In: the headers and the parameters of a request. Out: a Language, which turns keys of the catalogues (chinese.py,
english.py) into texts. Called by looks (all pages), words, and what says things of listings.

`?lang=en` decides, then the cookie `lang`, then Accept-Language (RFC 9110 §12.5.4), then Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aggregator.web import chinese, english

PARAMETER = "lang"


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the interface. Calling it gives a text."""

    code: str  #: zh or en: in addresses and in the cookie
    tag: str  #: BCP 47, for <html lang>
    name: str  #: in the language itself
    texts: dict[str, str] = field(repr=False, compare=False, hash=False)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key, with values filled in; where `n` is given, `one|many` is chosen by it.

        Raises KeyError for a key that the catalogue does not have. The result is plain text: templates escape it.
        """
        text = self.texts[key]
        if "n" in values and "|" in text:
            one, _, many = text.partition("|")
            text = one if values["n"] == 1 else many
        return text.format_map({name: _number(value) for name, value in values.items()}) if values else text

    def joined(self, names: list[str]) -> str:
        """A list in words."""
        return self.texts["list.comma"].join(names)


CHINESE = Language("zh", "zh-CN", "中文", chinese.TEXTS)
ENGLISH = Language("en", "en", "English", english.TEXTS)
LANGUAGES = {one.code: one for one in (CHINESE, ENGLISH)}


@dataclass(frozen=True, slots=True)
class Choice:
    """The language of one request."""

    language: Language
    asked: bool = False  #: the address says so: it is kept in a cookie
    carried: bool = False  #: no cookie says so: the links of the page must, or the next page forgets it


def choose(parameter: str | None, cookie: str | None, accepted: str) -> Choice:
    """The language for the `lang` of the address, the cookie, and Accept-Language; unknown ones count as not stated."""
    if found := LANGUAGES.get(parameter or ""):
        return Choice(found, asked=True, carried=cookie != found.code)
    return Choice(LANGUAGES.get(cookie or "") or preferred(accepted))


def preferred(accepted: str) -> Language:
    """The language of ours that Accept-Language likes best; Chinese where it likes none, or both as much."""
    weights: dict[str, float] = {}
    for part in accepted[:500].lower().split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = _weight(parameters)
        code = tag.strip().partition("-")[0]
        if weight > weights.get(code, 0.0):
            weights[code] = weight
    others = weights.get("*", 0.0)
    return ENGLISH if weights.get("en", others) > weights.get("zh", others) else CHINESE


def _weight(parameters: str) -> float:
    name, _, number = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(number), 0.0), 1.0)
    except ValueError:
        return 0.0


def _number(value: object) -> object:
    """Numbers with their thousands divided."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
