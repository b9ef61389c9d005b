"""The reader for pages of sites without rules. trafilatura is used nowhere else.

In: the source of a page. Out: HTML of what looks like its article, or None. Called by extract/reading.py when no
selector of the site's rules fits, or there are none.
"""

from __future__ import annotations

import re

from aggregator.kit import text

#: Fewer characters than this are no article but the remains of a list, a notice or a login.
SHORTEST = 60
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)


def body(source: str, url: str) -> str | None:
    """The article's HTML with links, tables and pictures; None where too little is left of the page."""
    import trafilatura

    found = trafilatura.extract(
        source,
        url=url,
        output_format="html",
        include_comments=False,
        include_tables=True,
        include_images=True,
        include_links=True,
        include_formatting=True,
        favor_recall=True,
    )
    if not found:
        return None
    inner = _BODY.search(found)
    html = inner.group(1) if inner else found
    return html if len(text.plain(html)) >= SHORTEST else None
