from __future__ import annotations

import pytest

from aggregator.kit import pictures

SINA = "https://n.sinaimg.cn/finance/transform/28/w550h278/20261016/mm01.jpg"

SAME = [
    (SINA, "http://n3.sinaimg.cn/finance/transform/28/w550h278/20261016/mm01.jpg"),
    (SINA, "https://n.sinaimg.cn/finance/transform/56/w1100h556/20261016/mm01.jpg"),
    (SINA, "https://k.sinaimg.cn/n/finance/transform/28/w550h278/20261016/mm01.jpg/w700d1q75cms.jpg"),
    (SINA, SINA + "?x-oss-process=image/resize,w_700"),
    ("https://img1.example.com/a/1.png", "https://img2.example.com/a/1.png?v=3"),
    ("https://img1.example.com.cn/a/1.png", "https://cdn.example.com.cn/a/1.png!600"),
    ("https://i.example.com/a/1.jpg", "https://i.example.com/a/1.jpg@1e_660w.webp"),
    ("https://i.example.com/up/1.jpg", "https://i.example.com/up/1-300x200.jpg"),
    (
        "https://mmbiz.qpic.cn/mmbiz_png/abc/640?wx_fmt=png",
        "https://mmbiz.qpic.cn/mmbiz_png/abc/640?wx_fmt=webp&tp=webp",
    ),
    ("https://i.example.com/show.php?id=5&w=100", "https://i.example.com/show.php?w=900&id=5"),
]
OTHER = [
    (SINA, SINA.replace("mm01", "mm02")),
    (SINA, SINA.replace("20261016", "20261017")),
    ("https://i.example.com/a/1.jpg", "https://i.example.com/b/1.jpg"),
    ("https://i.example.com/a/1.jpg", "https://i.example.org/a/1.jpg"),
    ("https://a.com.cn/1.jpg", "https://b.com.cn/1.jpg"),
    ("https://i.example.com/show.php?id=5", "https://i.example.com/show.php?id=6"),
    ("https://mmbiz.qpic.cn/mmbiz_png/abc/640", "https://mmbiz.qpic.cn/mmbiz_png/abd/640"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_picture_in_two_sizes(one: str, other: str) -> None:
    assert pictures.key(one) == pictures.key(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_pictures(one: str, other: str) -> None:
    assert pictures.key(one) != pictures.key(other)


@pytest.mark.parametrize(
    "odd", ["", "x", "https://", "https://a.example", "https://a.example/w100h100", "data:image/png"]
)
def test_odd_addresses_have_a_key(odd: str) -> None:
    assert pictures.key(odd) == pictures.key(odd)
    assert isinstance(pictures.key(odd), str)
