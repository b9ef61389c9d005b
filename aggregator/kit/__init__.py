"""Pure helpers for every floor above: addresses, bytes to text, dates, text, hashes, symbols, the look of pages.

No I/O but for files of the package itself (looks/), no state.
"""
