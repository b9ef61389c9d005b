"""Which machines we may speak to: an IP address goes in, yes or no comes out. fetch.http asks for every connection.

A feed may name any host, redirect anywhere and point its own DNS name at any address, so what counts is the address
that is connected. The lists are our own: `ipaddress.is_global` calls multicast, NAT64 and 6to4 addresses global, and
`is_private` does not know 100.64.0.0/10.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterable, Sequence

from aggregator.errors import ConfigError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: IPv4 that is not the public Internet (IANA special-purpose registry, RFC 6890), multicast and class E.
_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
#: Global unicast is the only IPv6 space that is routed for all (RFC 4291 §2.4); these parts of it are not.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")  # protocols, documentation, 6to4
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

#: What "private" lets in when the operator asks for it: this machine and its own networks. Link-local stays shut:
#: cloud metadata services live there.
_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}", re.IGNORECASE)


def allowed(ip: str, *, private: bool = False, trusted: Sequence[Network] = ()) -> bool:
    """Whether we may connect to `ip` (textual IPv4 or IPv6).

    `private` also lets in loopback and private networks; `trusted` lets in networks the operator named. IPv4 addresses
    carried inside IPv6 (mapped, NAT64, 6to4) are judged as what they carry. Anything that is no address is refused.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if address.version == 6 else None
    if mapped is not None:
        address = mapped
    if _within(address, trusted) or (private and _within(address, _PRIVATE)):
        return True
    return _public(address)


def literal(host: str) -> str | None:
    """The canonical IP address that `host` spells, or None when it is a name.

    Reads what resolvers and browsers read: 2130706433, 0x7f000001, 0177.0.0.1, 127.1, full-width digits, a trailing
    dot, brackets around IPv6.
    """
    text = unicodedata.normalize("NFKC", host).replace("。", ".").strip("[]").rstrip(".")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not _NUMERIC.fullmatch(text):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(text))
    except OSError:
        return None


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read networks as config states them, e.g. '198.18.0.0/15'. Raises ConfigError."""
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text))
        except ValueError as exc:
            raise ConfigError(f"{text!r} is no network ({exc}); write it like 198.18.0.0/15 or fd00::/8") from exc
    return tuple(found)


def _public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not _within(address, _REFUSED_V4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return _public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour is not None:
        return _public(address.sixtofour)
    return address in _GLOBAL_V6 and not _within(address, _REFUSED_V6)


def _within(address: Address, nets: Iterable[Network]) -> bool:
    return any(address.version == net.version and address in net for net in nets)
