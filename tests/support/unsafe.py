"""A small scanner for active markup: what must never stand in HTML that we publish. Independent of the sanitiser.

It reads with html5 rules of thumb, on the wrong side of caution: an attribute or scheme it does not know is reported.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

ALLOWED_ATTRIBUTES = {
    "a": {"href", "rel"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "reversed"},
}
_TAGS = (
    "p br hr h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote q cite pre code kbd samp strong em u s del ins sub sup small "
    "mark abbr a ruby rb rp rt figure figcaption img table caption thead tbody tfoot tr th td"
)
ALLOWED_TAGS = frozenset(_TAGS.split())
_FORBIDDEN = re.compile(r"<\s*/?\s*(?:script|style|iframe|svg|math|object|embed|form|base|meta|link)\b", re.IGNORECASE)
_ADDRESS = {"href", "src"}


def findings(markup: str) -> list[str]:
    """Everything unsafe in a fragment, in words; [] for none."""
    scanner = _Scanner()
    scanner.feed(markup)
    scanner.close()
    if re.search(
        r"<\s*/?\s*(?:script|style|iframe|svg|math|object|embed|form|base|meta|link)\b", markup, re.IGNORECASE
    ):
        scanner.found.append("a forbidden tag by its bytes")
    return scanner.found


class _Scanner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_TAGS:
            self.found.append(f"tag {tag}")
        for name, value in attrs:
            if name not in ALLOWED_ATTRIBUTES.get(tag, set()):
                self.found.append(f"attribute {tag}@{name}")
            elif name in _ADDRESS and not self._is_safe(value or ""):
                self.found.append(f"address {tag}@{name}={value}")
        if tag == "a" and ("rel", "noopener nofollow") not in attrs:
            self.found.append("link without rel")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"comment {data!r}")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"declaration {decl!r}")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"instruction {data!r}")

    def unknown_decl(self, data: str) -> None:
        self.found.append(f"declaration {data!r}")

    @staticmethod
    def _is_safe(value: str) -> bool:
        folded = re.sub(r"[\x00-\x20]", "", html.unescape(value)).lower()
        return folded.startswith(("https://", "http://"))
