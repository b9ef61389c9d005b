"""The sanitiser: the last word on what may stand in an article. nh3 is used nowhere else.

In: HTML of any origin. Out: HTML of the tags, attributes and schemes below and nothing else, serialised the one way of
html5ever. Called by clean.clean() after every rule, and by no rule.
"""

from __future__ import annotations

import nh3

from aggregator.clean.tree import words

TAGS = words(
    "p br hr h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote q cite pre code kbd samp strong em u s del ins "
    "sub sup small mark abbr a ruby rb rp rt figure figcaption img table caption thead tbody tfoot tr th "
    "td"
)
ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),  # else nh3 lets lang and title stand anywhere
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "reversed"},
}
#: Elements that vanish with all they hold; of all other unknown elements only the tags go.
WITHOUT_CONTENT = words(
    "script style iframe frame frameset noframes object embed applet template svg math textarea select "
    "option button noscript title canvas audio video xmp noembed plaintext"
)
SCHEMES = frozenset({"http", "https"})

_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(WITHOUT_CONTENT),
    attributes=ATTRIBUTES,
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel="noopener nofollow",
    strip_comments=True,
)


def sanitize(html: str) -> str:
    """`html` with only allowed mark-up; links carry rel="noopener nofollow". Idempotent."""
    return _cleaner.clean(html)
