"""Pictures shown from here: only their addresses change."""

from __future__ import annotations

import pytest

from aggregator.clean import sanitize
from aggregator.models import Article, Image
from aggregator.publish import rewrite

OURS = "http://127.0.0.1:8321/media/ab.jpg"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<img src="https://a.test/1.jpg">', f'<img src="{OURS}">'),
        (
            '<p><img alt="x > y" src="https://a.test/1.jpg" width="3"></p>',
            f'<p><img alt="x > y" src="{OURS}" width="3"></p>',
        ),
        ('<img src="https://a.test/2.jpg?a=1&amp;b=2">', f'<img src="{OURS}">'),
        ('<img src="https://a.test/3.jpg">', '<img src="https://a.test/3.jpg">'),
        ('<a href="https://a.test/1.jpg">图</a>', '<a href="https://a.test/1.jpg">图</a>'),
        ('<p>src="https://a.test/1.jpg"</p>', '<p>src="https://a.test/1.jpg"</p>'),
        ('<img alt="src=" src="https://a.test/1.jpg">', f'<img alt="src=" src="{OURS}">'),
    ],
)
def test_sources_of_kept_pictures_are_exchanged(html: str, shown: str) -> None:
    kept = {"https://a.test/1.jpg": OURS, "https://a.test/2.jpg?a=1&b=2": OURS}
    html, shown = sanitize.sanitize(html), sanitize.sanitize(shown)
    assert rewrite.html(html, kept) == shown
    assert rewrite.html(html, {}) == html
    assert rewrite.html(shown, kept) == shown


def test_an_article_takes_only_what_it_shows() -> None:
    article = Article("1", "样本", "", image="https://a.test/1.jpg", images=(Image("https://a.test/2.jpg"),))
    kept = {f"https://a.test/{number}.jpg": str(number) for number in range(1, 5)}
    assert rewrite.of(article, kept) == {"https://a.test/1.jpg": "1", "https://a.test/2.jpg": "2"}
    assert rewrite.of(Article("1", "样本", ""), kept) == {}
