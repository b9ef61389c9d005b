"""What a picture is, by its bytes."""

from __future__ import annotations

import pytest

from aggregator.kit import imagefile
from tests.support import shots

SAMPLES = [(extension, body) for extension, bodies in shots.ALL.items() for body in bodies]


@pytest.mark.parametrize(("extension", "body"), SAMPLES)
def test_type_and_size_are_read_from_the_bytes(extension: str, body: bytes) -> None:
    size = (320, 180) if extension == "png" else (160, 90)
    assert imagefile.read(body) == imagefile.Shape(extension, *size, whole=True)
    assert extension in imagefile.TYPES


@pytest.mark.parametrize(("extension", "body"), SAMPLES)
def test_a_cut_one_is_told_and_no_cut_breaks_the_reader(extension: str, body: bytes) -> None:
    assert not imagefile.read(body[:-5]).whole
    for end in range(len(body)):
        try:
            shape = imagefile.read(body[:end])
        except ValueError:
            continue
        assert shape.extension == extension
        assert (shape.width is None) == (shape.height is None)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>", "SVG"),
        (b"<?xml version='1.0'?><!-- x --><svg/>", "SVG"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML page"),
        (b"\n<HTML><img>", "HTML page"),
        (b'{"error": "no"}', "text instead"),
        (b"MZ\x90\0", "no picture of a known type"),
        (b"BMW is a maker of cars", "no picture"),
        (b"RIFF\x04\0\0\0WAVEfmt ", "no picture"),
        (b"\0\0\0\x14ftypmp42\0\0\0\0mp42", "no picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        imagefile.read(body)


def test_a_picture_without_a_size_is_kept_without_one() -> None:
    assert imagefile.read(b"\xff\xd8\xff\xd9 rest \xff\xd9") == imagefile.Shape("jpg", None, None, whole=True)
