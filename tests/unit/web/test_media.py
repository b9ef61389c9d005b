"""Pictures served: as what they are, for ever, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from aggregator.archive import mediafiles
from aggregator.web import storypage
from aggregator.web.media import Media
from tests.support import asgi, shots


@pytest.fixture
def folder(tmp_path: Path) -> mediafiles.Folder:
    return mediafiles.Folder(tmp_path / "media")


@pytest.fixture
def app(folder: mediafiles.Folder) -> ASGIApp:
    return Starlette(routes=[Route("/media/{name}", Media(folder.locate).serve)])


@pytest.mark.parametrize(
    ("extension", "media_type"),
    [("jpg", "image/jpeg"), ("png", "image/png"), ("gif", "image/gif"), ("webp", "image/webp"), ("avif", "image/avif")],
)
async def test_a_picture_is_served_as_what_it_is(
    app: ASGIApp, folder: mediafiles.Folder, extension: str, media_type: str
) -> None:
    body = shots.ALL[extension][0]
    digest = folder.put(body, extension)
    answer = await asgi.get(app, f"/media/{digest}.{extension}")
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers == {
        "content-type": media_type,
        "content-length": str(len(body)),
        "etag": f'"{digest}"',
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "cross-origin",
    }
    head = await asgi.get(app, f"/media/{digest}.{extension}", method="HEAD")
    assert (head.status, head.body, head.headers) == (200, b"", answer.headers)


async def test_who_has_it_is_told_so(app: ASGIApp, folder: mediafiles.Folder) -> None:
    digest = folder.put(shots.PNG, "png")
    for tag in (f'"{digest}"', f'W/"{digest}"', "*", f'"x", "{digest}"'):
        answer = await asgi.get(app, f"/media/{digest}.png", {"if-none-match": tag})
        assert (answer.status, answer.body) == (304, b""), tag
        assert "content-length" not in answer.headers
    assert (await asgi.get(app, f"/media/{digest}.png", {"if-none-match": '"x"'})).status == 200


async def test_nothing_else_is_served(app: ASGIApp, folder: mediafiles.Folder, tmp_path: Path) -> None:
    digest = folder.put(shots.PNG, "png")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (folder.path / "aa").mkdir(exist_ok=True)
    (folder.path / "aa" / f"{'b' * 38}.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder.path / "cc").mkdir(exist_ok=True)
    (folder.path / "cc" / f"{'d' * 38}.jpg").mkdir()
    for name in (
        f"{digest}.jpg",
        f"{digest}.svg",
        digest,
        f"{digest[:2]}/{digest[2:]}.png",
        "../secret.jpg",
        "..%2fsecret.jpg",
        "%2e%2e/secret.jpg",
        f"{digest}.png%00",
        f"aa{'b' * 38}.jpg",
        f"cc{'d' * 38}.jpg",
        "",
    ):
        assert (await asgi.get(app, f"/media/{name}")).status == 404, name
    assert (await asgi.get(app, f"/media/{digest}.png", method="POST")).status == 405


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        (
            '<img src="https://a.test/1.jpg?a=1&amp;b=2" alt="图&quot;">',
            '<img src="/x/media/ab.jpg" alt="图&quot;" loading="lazy">',
        ),
        (
            '<img src="https://a.test/2.jpg" alt="图">',
            '<a class="picture" href="https://a.test/2.jpg" rel="noopener nofollow">图</a>',
        ),
    ],
)
def test_story_pages_show_what_is_kept_and_link_to_the_rest(markup: str, shown: str) -> None:
    assert storypage.with_pictures(markup, {"https://a.test/1.jpg?a=1&b=2": "/x/media/ab.jpg"}) == shown
