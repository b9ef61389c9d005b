from __future__ import annotations

import ipaddress

import pytest

from aggregator.errors import ConfigError
from aggregator.fetch import guard

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1",
    "223.255.255.255", "198.17.255.255", "198.20.0.0", "2606:4700:4700::1111", "2400:3200::1", "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
]  # fmt: skip
REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:0:0", "::ffff:127.0.0.1", "::ffff:10.1.1.1",
    "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:0:7f00:1::", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1",
    "fd12:3456::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    "localhost", "", "1.1.1", "2130706433", "01.1.1.1",
]  # fmt: skip


@pytest.mark.parametrize("ip", PUBLIC)
def test_public(ip: str) -> None:
    assert guard.allowed(ip)
    assert guard.allowed(ip, private=True)


@pytest.mark.parametrize("ip", REFUSED)
def test_refused(ip: str) -> None:
    assert not guard.allowed(ip)


def test_6to4_of_a_public_address_is_judged_by_what_it_carries() -> None:
    assert guard.allowed("2002:101:101::1")


def test_the_standard_librarys_idea_of_global_would_not_do() -> None:
    """Why the lists are our own; should this fail one day, they may be looked at again."""
    for ip in ("224.0.0.1", "ff02::1", "64:ff9b::7f00:1", "fec0::1"):
        assert ipaddress.ip_address(ip).is_global
        assert not guard.allowed(ip)
    assert not ipaddress.ip_address("100.64.0.1").is_private


@pytest.mark.parametrize(
    ("ip", "let_in"),
    [
        ("127.0.0.1", True),
        ("10.2.3.4", True),
        ("172.20.0.2", True),
        ("192.168.65.2", True),
        ("100.100.0.1", True),
        ("::1", True),
        ("fd00::7", True),
        ("::ffff:127.0.0.1", True),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fe80::1", False),
        ("64:ff9b::127.0.0.1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_private_lets_in_our_own_networks_only(ip: str, let_in: bool) -> None:
    assert guard.allowed(ip, private=True) is let_in


def test_trusted_networks() -> None:
    trusted = guard.networks(["198.18.0.0/15", "fd00:1::/32"])
    assert guard.allowed("198.18.4.5", trusted=trusted)
    assert guard.allowed("::ffff:198.18.4.5", trusted=trusted)
    assert guard.allowed("fd00:1::9", trusted=trusted)
    assert not guard.allowed("198.20.0.1.", trusted=trusted)
    assert not guard.allowed("127.0.0.1", trusted=trusted)


@pytest.mark.parametrize("text", ["198.18.0.1/15", "nonsense", "", "10.0.0.0/33"])
def test_networks_that_are_none(text: str) -> None:
    with pytest.raises(ConfigError, match=r"198\.18\.0\.0/15"):
        guard.networks([text])


@pytest.mark.parametrize(
    ("host", "ip"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("1.2.772", "1.2.3.4"),
        ("2130706433", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("１２７．０．０．１", "127.0.0.1"),
        ("127。0。0。1", "127.0.0.1"),
        ("①②⑦.⓪.⓪.①", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[::FFFF:127.0.0.1]", "::ffff:7f00:1"),
        ("1.1.1.1", "1.1.1.1"),
        ("news.test", None),
        ("127.0.0.1.nip.test", None),
        ("0xyz.test", None),
        ("4294967296", None),
        ("256.1.1.1", None),
        ("09.1.1.1", None),
        ("1.2.3.4.5", None),
        ("", None),
        (".", None),
    ],
)
def test_literal(host: str, ip: str | None) -> None:
    assert guard.literal(host) == (str(ipaddress.ip_address(ip)) if ip else None)
