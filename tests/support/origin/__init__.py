"""A stand-in for the origins the daemon polls: invented Sina-like APIs, pages and feeds on loopback.

It runs in a process of its own (`python -m tests.support.origin --port 0`), because a daemon under test must meet
real sockets. Tests talk to it through `tests.support.origin.client`; `scripts/demo` starts it for people.
"""
