"""JSON as feeds send it: plain, or wrapped for a `<script>` (JSONP), and the error objects that come in place of data.

Called by sniff; the parsers of JSON formats get the decoded value from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from aggregator.errors import NotAFeed

#: What `load` returns when the text is no JSON (None is a JSON value).
NO_JSON: Final = object()

#: `try{NAME({`, `NAME({` or `/**/NAME([`, with blanks anywhere; NAME may be dotted.
_JSONP = re.compile(r"\s*(?:/\*[^*]{0,200}\*/)?\s*(?:try\s*\{)?\s*[\w$.]{1,200}\s*\(\s*(?=[{\[])")
_CODES = ("code", "errno", "error_code", "errcode", "status", "ret", "error")
_MESSAGES = ("msg", "message", "errmsg", "error", "error_description", "reason", "detail")
_DECODER = json.JSONDecoder(strict=False)


def load(text: str) -> Any:
    """The JSON value in `text`, without its JSONP wrapper, or NO_JSON when the text begins like neither.

    What follows the value (`);}catch(e){};`) is not looked at. Raises NotAFeed when it begins as JSON and breaks off.
    """
    start = text.lstrip(" \t\r\n\f\v\x00\ufeff")
    if wrapper := _JSONP.match(start):
        start = start[wrapper.end() :]
    if start[:1] not in ("{", "["):
        return NO_JSON
    try:
        return _DECODER.raw_decode(start)[0]
    except RecursionError as error:
        raise NotAFeed("JSON nested deeper than any feed") from error
    except ValueError as error:
        raise NotAFeed(f"JSON that breaks off or is malformed: {error}") from error


def check_status(status: Mapping[str, Any]) -> None:
    """Raise NotAFeed when Sina's `status` object says that the request failed (`code` is 0 or "0" when it did not)."""
    code = status.get("code", 0)
    if str(code).strip() in ("0", "", "None"):
        return
    message = status.get("msg") or status.get("message") or "no message"
    hint = "; pageid and lid are no registered pair" if str(code) == "11" else ""
    raise NotAFeed(f"Sina's API answered with code {code} ({message}){hint}")


def error_words(value: Mapping[str, Any]) -> str:
    """Words for a JSON object that is no feed; names its error code and message where it has some."""
    code = next((value[name] for name in _CODES if isinstance(value.get(name), int | str)), None)
    message = next((value[name] for name in _MESSAGES if isinstance(value.get(name), str)), None)
    if code is None and message is None:
        keys = ", ".join(list(map(str, value))[:6]) or "none"
        return f"a JSON object that is no feed (keys: {keys})"
    return "a JSON error object instead of a feed: " + ", ".join(
        str(part)[:120] for part in (f"code {code}" if code is not None else None, message) if part
    )
