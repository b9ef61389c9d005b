"""Every exception of the house. Each knows whether trying again can help.

AggregatorError                 base; str() is a sentence for the person who runs the daemon
├── ConfigError                 what the operator wrote cannot be used (exit code 2)
├── QueryError                  what was typed into a search cannot be read (exit code 2)
├── FetchError                  no document came back
│   ├── RefusedAddress          the guard forbids this address or redirect target
│   ├── Unreachable             DNS, connect, TLS or read failed; nothing is known of the resource
│   ├── TimedOut                the wall-clock budget ran out
│   ├── BadStatus               the origin answered, with a status that is no success
│   ├── TooLarge                the decoded body passed the cap
│   └── BadTransfer             the bytes are cut, wrongly encoded or loop in redirects
├── ParseError                  a document came back, and it is not what was asked for
│   ├── NotAFeed                HTML, a challenge page, an error object, an unknown format
│   └── NotAPost                a file without usable front matter
├── ExtractError                a page holds no article body that the rules or the fallback can find
│   └── PageGone                it says that there is no such article, or not any more
├── StoreError                  the database refused or is not usable
│   ├── StoreBusy               a lock was not granted in time
│   └── AlreadyRunning          another daemon holds this database
├── ArchiveError                an import or export item failed; the rest goes on
│   └── ArchiveStopped          nothing more can be written: the disk is full
└── RequestError                what a client of the server asks for makes no sense
"""

from __future__ import annotations

from datetime import timedelta


class AggregatorError(Exception):
    """Base of all errors the house raises on purpose."""

    #: True when the same call may succeed later without anyone changing anything.
    retryable = False

    #: How long whoever refused asks us to stay away, where it said so.
    retry_after: timedelta | None = None


class ConfigError(AggregatorError):
    """Configuration that cannot be used: one line per mistake, each with file, line, key and how to mend it."""

    def __init__(self, message: str, *, problems: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        #: The same mistakes one by one (`config.Problem`), where config files are at fault.
        self.problems = problems


class QueryError(AggregatorError):
    """A search that cannot be read: what is wrong, where, and how to mend it.

    `kind`, one of KINDS, and `values` name the texts of web.language that say it in the reader's language.
    """

    KINDS = ("long", "many", "empty", "field", "date")

    def __init__(self, kind: str, position: int, what: str, mend: str, **values: object) -> None:
        super().__init__(f"search, at character {position + 1}: {what}; {mend}")
        self.kind = kind
        self.values = values
        self.what = what
        #: Where in the text as typed, from 0.
        self.position = position
        self.mend = mend


class FetchError(AggregatorError):
    """No document came back for `url`."""

    retryable = True

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class RefusedAddress(FetchError):
    """The guard forbids this address (private, reserved, wrong scheme)."""

    retryable = False


class Unreachable(FetchError):
    """The network failed before an HTTP status arrived."""


class TimedOut(FetchError):
    """The wall-clock budget of one fetch ran out."""


class BadStatus(FetchError):
    """The origin answered with a status that is no success (RFC 9110 §15)."""

    def __init__(
        self,
        url: str,
        status: int,
        *,
        retry_after: timedelta | None = None,
        reason: str | None = None,
        asked: bool = True,
    ) -> None:
        super().__init__(url, reason or f"answered {status}")
        self.status = status
        #: False: an earlier answer of the host forbids to ask it now, so nothing was learned of this address.
        self.asked = asked
        #: How long the origin asks us to stay away (Retry-After or Cache-Control max-age), if it said so.
        self.retry_after = retry_after

    @property
    def gone(self) -> bool:
        """True for 410: the origin says this address will not come back (RFC 9110 §15.5.11)."""
        return self.status == 410


class TooLarge(FetchError):
    """The decoded body passed the cap."""

    retryable = False


class BadTransfer(FetchError):
    """The body is cut or wrongly encoded, or redirects do not end."""


class ParseError(AggregatorError):
    """A document came back, and it is not what was asked for."""

    retryable = True


class NotAFeed(ParseError):
    """The document is no feed in any format we read, or says itself that it is an error."""


class NotAPost(ParseError):
    """A file without usable front matter."""

    retryable = False


class ExtractError(AggregatorError):
    """A page holds no article body that the site's rules or the fallback can find."""

    retryable = True


class PageGone(ExtractError):
    """A page says, with whatever status, that there is no such article, or not any more."""


class StoreError(AggregatorError):
    """The database refused the work or cannot be used."""


class StoreBusy(StoreError):
    """A database lock was not granted in time."""

    retryable = True


class AlreadyRunning(StoreError):
    """Another daemon holds this database."""

    def __init__(self, holder_pid: int | None, where: str) -> None:
        who = f"process {holder_pid}" if holder_pid else "another process"
        super().__init__(f"{who} already runs on {where}; stop it first, or give this one another data folder")
        self.holder_pid = holder_pid


class ArchiveError(AggregatorError):
    """One item of an import or export failed; `where` names the file and place."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


class ArchiveStopped(ArchiveError):
    """Nothing more can be written there: the disk is full, or refuses."""


class RequestError(AggregatorError):
    """What a client asks for makes no sense; `status` is the HTTP status it gets.

    `key` and `values` name a text of web.language, so that a page says in the reader's language what to mend.
    """

    def __init__(self, status: int, key: str, **values: object) -> None:
        about = ", ".join(f"{name}={value!r}" for name, value in values.items())
        super().__init__(f"{key} {about}".strip())
        self.status = status
        self.key = key
        self.values = values
