"""The certificates that https trusts, read when the first https address is asked for and not before.

In: nothing. Out: an ssl.SSLContext. Called by fetch/http.py. aiohttp reads the system's certificates twice when it is
imported, some 25 ms and 2 MB each, for two contexts of which we would use one.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

#: Where OpenSSL looks for certificates, if set (SSL_CTX_set_default_verify_paths(3)).
_PLACES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@contextmanager
def without_certificates() -> Iterator[None]:
    """Contexts made meanwhile trust nobody, and cost nothing. For the import of aiohttp; no other thread may run."""
    before = {name: os.environ.get(name) for name in _PLACES}
    os.environ.update(dict.fromkeys(_PLACES, os.devnull))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def context() -> ssl.SSLContext:
    """What aiohttp would make: the system's certificates, names checked, HTTP/1.1. Reads files: call it in a thread."""
    made = ssl.create_default_context()
    made.set_alpn_protocols(("http/1.1",))
    return made
