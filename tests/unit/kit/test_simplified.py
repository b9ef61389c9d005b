from __future__ import annotations

import pytest

from aggregator.kit.simplified import simplified


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("", ""),
        ("GDP 5%", "GDP 5%"),
        ("证券时报", "证券时报"),
        ("證券時報", "证券时报"),
        ("後天臺灣發佈，里程", "后天台湾发布，里程"),
        ("𠀀後", "𠀀后"),
    ],
)
def test_character_by_character(text: str, gives: str) -> None:
    assert simplified(text) == gives
    assert len(gives) == len(text)


def test_twice_is_once() -> None:
    basic = "".join(map(chr, range(0x3400, 0xA000)))
    assert simplified(simplified(basic)) == simplified(basic) != basic
