"""Fetching: an address goes in, a Document or NotModified comes out, or an error of the FetchError family.

`address` turns what config says into candidate URLs; `http` asks for one URL. The rest are their parts: `target` (an
address, read), `hops` (redirects), `guard` (which machines may be spoken to), `dns`, `polite` (how often), `inflate`
(content codings) and `freshness` (how long an answer holds). Only `http` knows the HTTP library.
"""
