from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import StoreError
from aggregator.store import bodies

TEXTS = st.tuples(st.text(), st.text())


def _unpacked(packed: bodies.Packed) -> list[tuple[str, str]]:
    texts = bodies.Texts((number, *frame) for number, frame in enumerate(packed.frames, 1))
    spots = [(None if spot.frame is None else spot.frame + 1, *spot[1:]) for spot in packed.spots]
    return [(texts.html(spot), texts.text(spot)) for spot in spots]  # type: ignore[arg-type]


@given(st.lists(TEXTS | st.none(), max_size=8))
def test_texts_come_back_as_they_were(texts: list[tuple[str, str] | None]) -> None:
    assert _unpacked(bodies.pack(texts)) == [both or ("", "") for both in texts]


@pytest.mark.parametrize(
    "odd", ["\ud83d", "a\udc00b", "\x00", "𠮷", "\ue000\uf8ff", "\ufffe", "\U0010ffff", "ｶﾅ\u3000"]
)
def test_odd_characters_come_back(odd: str) -> None:
    assert _unpacked(bodies.pack([(odd, "字"), ("<p>字</p>", odd)])) == [(odd, "字"), ("<p>字</p>", odd)]


def test_chinese_takes_two_bytes_and_is_packed() -> None:
    frame = bodies.compress("央行公告称，为保持流动性合理充裕。")
    assert frame.encoding == "gb18030"
    assert bodies.compress("\ud83d").encoding == "utf-8"
    long = "央行公告称，为保持流动性合理充裕，开展逆回购操作。" * 40
    assert len(bodies.compress(long).data) < len(long) / 5


def test_a_frame_holds_some_articles_and_a_long_one_has_its_own() -> None:
    some = [("字" * 2_000, "字" * 1_000)] * 14
    packed = bodies.pack([*some, ("长" * 50_000, ""), None, *some])
    assert [packed.spots[number].frame for number in (0, 5, 6, 11, 12, 13, 14, 15, 16, 21, 22, 29)] == [
        *(0, 0, 1, 1, 2, 2, 3, None, 4, 4, 5, 6)
    ]
    assert _unpacked(packed)[14] == ("长" * 50_000, "")


def test_nothing_to_keep_has_no_spot_but_an_original_alone_has_one() -> None:
    assert bodies.pair("", "", None) is None
    assert bodies.pack([None]) == bodies.Packed([], [bodies.Spot(None, 0, 0, 0)])
    packed = bodies.pack([bodies.pair("", "", "---")])
    assert packed.spots == [bodies.Spot(0, 0, 0, 0)]
    assert len(packed.frames) == 1


def test_the_encoding_of_stored_frames_never_changes() -> None:
    """A Python whose GB 18030 maps one character otherwise would misread what is stored: it must not pass unseen."""
    state = hashlib.sha256()
    for plane in range(0, 0x110000, 0x800):
        if not 0xD800 <= plane < 0xE000:
            text = "".join(map(chr, range(plane, plane + 0x800)))
            raw = text.encode("gb18030")
            assert raw.decode("gb18030") == text
            state.update(raw)
    assert state.hexdigest() == "764df5e1bec4261b6eaf68b7344e44b48661ac1ca27b824d8dfc72e41ccb210d"


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_damaged_frame_is_told_in_words(place: int) -> None:
    raw = bytearray(bodies.compress("央行公告称，为保持流动性合理充裕。").data)
    raw[place:] = b""
    with pytest.raises(StoreError, match="damaged"):
        bodies.expand("gb18030", bytes(raw))


def test_a_frame_of_an_older_version_is_read() -> None:
    """Written by zstd 1.5.7 on the day this form was introduced."""
    frame = bytes.fromhex(
        "28b52ffd203265010044023c703ed1ebd0d0b9abb8e6b3c6a3ac3c623ebdb5d7bc3c2f623ea1a33c2fbdb5d7bca1a3010002593901"
    )
    assert bodies.expand("gb18030", frame) == "<p>央行公告称，<b>降准</b>。</p>央行公告称，降准。"


@pytest.mark.parametrize("text", ["央行宣布降准", "半个\ud83d字，降准"])
def test_a_frame_shows_which_words_it_does_not_hold(text: str) -> None:
    packed = bodies.pack([("<p>别的</p>", "别的"), (f"<p>{text}</p>", text), None])
    told = bodies.Texts([(number + 1, *frame) for number, frame in enumerate(packed.frames)])
    spots = [(spot.frame + 1, *spot[1:]) if spot.frame is not None else spot for spot in packed.spots]
    assert told.may_hold(spots[1], ["涨停", "降准"])
    assert not told.may_hold(spots[1], ["涨停"])
    assert not told.may_hold(spots[2], ["降准"])
    assert told.text(spots[1]) == text
