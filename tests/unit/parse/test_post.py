"""Posts in the seed's form: reading, writing, and what is wrong with a file that is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import NotAPost
from aggregator.parse import post

POST = (
    "\n---\ntitle: '样本：22部门_联合发文'\ncategories: \n - 金融\n - 新浪财经\nheadimg: 'https://n.example/h.png'\n"
    "author: 新浪财经\ncomments: false\ndate: Tue, 14 Jun 2022 11:54:04 GMT\nthumbnail: 'https://n.example/h.png'\n---\n\n"
    "<div>   \n<style>.a&#123;color: red&#125;</style>\n<p>正文</p>\n\n  \n</div>\n            "
)


def test_the_form_of_the_seed() -> None:
    entry = post.read(POST, where="x.md")
    assert entry.title == "样本：22部门_联合发文"
    assert entry.published == datetime(2022, 6, 14, 11, 54, 4, tzinfo=UTC)
    assert (entry.categories, entry.author) == (("金融", "新浪财经"), "新浪财经")
    assert entry.content == "<style>.a{color: red}</style>\n<p>正文</p>\n\n  "
    assert entry.original == POST
    assert (entry.link, entry.docid, entry.images, entry.outlet) == (None, None, (), None)
    assert list(entry.extra["front"].items()) == [
        ("title", "样本：22部门_联合发文"),
        ("categories", ["金融", "新浪财经"]),
        ("headimg", "https://n.example/h.png"),
        ("author", "新浪财经"),
        ("comments", False),
        ("date", "Tue, 14 Jun 2022 11:54:04 GMT"),
        ("thumbnail", "https://n.example/h.png"),
    ]


def test_composing_what_was_read_gives_the_same_bytes() -> None:
    entry = post.read(POST, where="x.md")
    assert post.compose(entry.extra["front"], entry.content or "") == POST


def test_identity_is_title_and_date() -> None:
    entry = post.read(POST, where="a.md")
    assert post.read(POST.replace("正文", "别的"), where="b.md").id == entry.id
    assert post.read(POST.replace("11:54:04", "11:54:05"), where="b.md").id != entry.id
    assert post.read(POST.replace("22部门", "23部门"), where="b.md").id != entry.id


def test_windows_line_ends_and_a_byte_order_mark() -> None:
    entry = post.read("\ufeff" + POST.replace("\n", "\r\n"), where="x.md")
    assert (entry.title, entry.extra["front"]["comments"]) == ("样本：22部门_联合发文", False)
    assert (entry.content or "").startswith("<style>")


def test_a_body_without_the_wrapping_div_stays_whole() -> None:
    content = "---\ntitle: a\n---\n\n<div>x</div><div>y</div>\n"
    assert post.read(content, where="x.md").content == "<div>x</div><div>y</div>"


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("date: 2022-06-14", "date", "2022-06-14"),
        ("date: 2022-06-14 19:54:04", "date", "2022-06-14 19:54:04"),
        ("odd: yes", "odd", "yes"),
        ("odd: 010", "odd", "010"),
        ("odd: 12:30", "odd", "12:30"),
        ("odd: 7", "odd", 7),
        ("odd: 1.5", "odd", 1.5),
        ("odd:", "odd", None),
        ("odd: {a: [1, x]}", "odd", {"a": [1, "x"]}),
    ],
)
def test_front_matter_values(line: str, name: str, value: Any) -> None:
    assert post.read(f"---\ntitle: a\n{line}\n---\n", where="x.md").extra["front"][name] == value


def test_dates_without_zone_are_of_the_given_zone() -> None:
    content = "---\ntitle: a\ndate: 2022-06-14 19:54:04\n---\n"
    assert post.read(content, where="x").published == datetime(2022, 6, 14, 11, 54, 4, tzinfo=UTC)
    assert post.read(content, where="x", zone="UTC").published == datetime(2022, 6, 14, 19, 54, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("front", "field", "value"),
    [
        ("categories: 金融", "categories", ("金融",)),
        ("tags: [a, b, a]", "keywords", ("a", "b")),
        ("author: [甲, 乙]", "author", "甲, 乙"),
        ("link: https://finance.sina.com.cn/a/doc-intaaqwe1000101.shtml", "docid", "ntaaqwe1000101"),
        ("link: javascript:x", "link", None),
        ("outlet: 样本日报", "outlet", "样本日报"),
        ("date: tomorrow", "published", None),
    ],
)
def test_other_front_matter(front: str, field: str, value: Any) -> None:
    assert getattr(post.read(f"---\ntitle: a\n{front}\n---\n", where="x.md"), field) == value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", r"x.md:1: no front matter"),
        ("\n\n# Title\n", r"x.md:3: no front matter"),
        ("---\ntitle: a\n", r"x.md:1: front matter that no line"),
        ("\n---\ntitle: 'a\n---\n", r"x.md:\d: front matter"),
        ("\n---\ntitle: a\n\tb: c\n---\n", r"x.md:4: front matter: "),
        ("---\n- a\n---\n", r"x.md:2: front matter is no list"),
        ("---\n---\n", r"x.md:2: front matter is no list"),
        ("---\ndate: x\n---\n", r"x.md:2: front matter without a title"),
        ("---\ntitle: ''\n---\n", r"without a title"),
        ("---\ntitle: !!python/object:os.system x\n---\n", r"x.md:2: "),
        ("---\na: &a [x, x]\nb: &b [*a, *a]\ntitle: t\n---\n", r"x.md:3: .*aliases"),
        ("---\ntitle: " + "[" * 5_000 + "\n---\n", r"x.md:\d+: "),
    ],
)
def test_what_is_no_post_is_said_with_its_line(content: str, words: str) -> None:
    with pytest.raises(NotAPost, match=words):
        post.read(content, where="x.md")


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(st.characters(codec="utf-8"), max_size=30)
    | st.sampled_from(
        ["yes", "null", "~", "- a", "a: b", "#x", "'", '"', "0x1", "1e5", "2022-01-01", " a ", "《a》：b", "a\n---\nb"]
    )
)
KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=10)
FRONTS = st.dictionaries(
    KEYS, SCALARS | st.lists(SCALARS, max_size=4) | st.dictionaries(KEYS, SCALARS, max_size=3), max_size=6
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(front=FRONTS, body=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60))
def test_what_is_composed_reads_back_the_same(front: dict[str, Any], body: str) -> None:
    whole = {**front, "title": "标题"}
    entry = post.read(post.compose(whole, body), where="x.md")
    assert entry.extra["front"] == whole
    assert entry.content == body.replace("&#123;", "{").replace("&#125;", "}").replace("\ufffe", "").replace(
        "\uffff", ""
    )


def test_dates_are_written_in_gmt() -> None:
    written = post.compose({"title": "a", "date": datetime(2022, 6, 14, 11, 54, 4, tzinfo=UTC)}, "")
    assert "\ndate: Tue, 14 Jun 2022 11:54:04 GMT\n" in written
