from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator import __version__, config
from aggregator.models import FullText
from tests.support import mistakes
from tests.unit.config.conftest import Write

FULL_FEED = """
[[feed]]
name = " 新浪财经－国内 "
slug = "sina-china"
url = "sina:roll/155/1686"
interval = "5m"
categories = ["新浪财经", "国内", "国内"]
timezone = "America/New_York"
language = "en"
full_text = true
headers = { Accept-Language = "zh" }
allow_private = true

[[feed]]
name = "Plain feed"
url = "https://example.org/feed?list=1"
enabled = false
"""


def test_an_empty_folder_gives_the_defaults(folder: Write) -> None:
    place = folder()
    loaded = config.load(place, environ={})
    settings = loaded.settings
    assert (loaded.subscriptions, loaded.disabled, loaded.outputs, loaded.sites) == ((), (), (), ())
    assert settings.data_dir == place.parent / "data"
    assert settings.database == f"sqlite:///{place.parent}/data/aggregator.sqlite"
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8321, "http://127.0.0.1:8321")
    assert settings.user_agent == f"aggregator/{__version__} (self-hosted feed reader)"
    assert settings.limits.max_body == 15 * 2**20
    assert settings.limits.deadline == timedelta(seconds=30)
    assert settings.polling.interval == timedelta(hours=1)
    assert settings.retention.max_age is None
    assert settings.site.title == "财经聚合"


def test_a_feed_with_every_key(folder: Write) -> None:
    loaded = config.load(folder(feeds=FULL_FEED), environ={})
    (feed,) = loaded.subscriptions
    assert (feed.slug, feed.name, feed.url) == ("sina-china", "新浪财经－国内", "sina:roll/155/1686")
    assert (feed.interval, feed.interval_explicit) == (timedelta(minutes=5), True)
    assert feed.categories == ("新浪财经", "国内")
    assert (feed.timezone, feed.language, feed.full_text) == ("America/New_York", "en", FullText.ALWAYS)
    assert (feed.headers, feed.allow_private) == ((("Accept-Language", "zh"),), True)
    (paused,) = loaded.disabled
    assert (paused.slug, paused.interval_explicit, paused.full_text) == ("plain-feed", False, FullText.AUTO)


@pytest.mark.parametrize(
    ("url", "interval"),
    [
        ("sina:roll/384/2519", timedelta(seconds=100)),
        ("sina:live/152", timedelta(seconds=25)),
        ("rsshub:/sina/finance/rollnews", timedelta(minutes=70)),
        ("https://example.org/a.xml", timedelta(minutes=70)),
    ],
)
def test_the_default_rhythm_depends_on_the_address(folder: Write, url: str, interval: timedelta) -> None:
    general = '[polling]\ninterval = "70m"\nroll_interval = "100s"\nlive_interval = "25s"\n[rsshub]\ninstances = "https://hub.example"\n'
    loaded = config.load(folder(aggregator=general, feeds=mistakes.feed(url=url)), environ={})
    assert [feed.interval for feed in loaded.subscriptions] == [interval]


@pytest.mark.parametrize(
    ("written", "meant"),
    [('"auto"', "auto"), ("true", "always"), ("false", "never"), ('"always"', "always"), ('"never"', "never")],
)
def test_full_text(folder: Write, written: str, meant: str) -> None:
    loaded = config.load(folder(feeds=mistakes.feed(f"full_text = {written}")), environ={})
    assert [feed.full_text for feed in loaded.subscriptions] == [meant]


def test_chinese_names_get_different_slugs(folder: Write) -> None:
    feeds = mistakes.feed(name="宏观") + mistakes.feed(name="外汇", url="https://example.org/b.xml")
    slugs = [feed.slug for feed in config.load(folder(feeds=feeds), environ={}).subscriptions]
    assert len(set(slugs)) == 2
    assert all(slug.isascii() and slug for slug in slugs)


def test_lists_of_one_api_are_different_feeds(folder: Write) -> None:
    roll = "https://feed.mix.sina.com.cn/api/roll/get?pageid=384&lid="
    feeds = mistakes.feed(url=f"{roll}2519") + mistakes.feed(name="乙", url=f"{roll}2671")
    assert len(config.load(folder(feeds=feeds), environ={}).subscriptions) == 2


def test_a_paused_twin_is_no_mistake(folder: Write) -> None:
    feeds = mistakes.feed() + mistakes.feed("enabled = false", name="乙")
    assert len(config.load(folder(feeds=feeds), environ={}).subscriptions) == 1


def test_our_own_machine_may_be_asked_every_second(folder: Write) -> None:
    feeds = mistakes.feed("allow_private = true", 'interval = "1s"', url="http://127.0.0.1:8000/a.xml")
    feeds += mistakes.feed("allow_private = true", 'interval = "2s"', name="乙", url="sina:live/152")
    general = '[sources]\nsina_live = "http://127.0.0.1:8000/live"\n'
    loaded = config.load(folder(aggregator=general, feeds=feeds), environ={})
    assert [feed.interval.total_seconds() for feed in loaded.subscriptions] == [1, 2]


def test_an_output_with_every_key(folder: Write) -> None:
    text = mistakes.output(
        'description = "说明"', "limit = 5", "full_text = false", 'formats = ["atom"]', 'feeds = ["a"]',
        'categories = ["宏观"]', 'outlets = ["证券时报"]', 'symbols = ["600941.SH"]', 'include = "央行"',
        'exclude = ["收评"]', 'language = "en"',
    )  # fmt: skip
    (output,) = config.load(
        folder(feeds=mistakes.feed('slug = "a"', "enabled = false"), outputs=text), environ={}
    ).outputs
    assert (output.slug, output.title, output.description, output.limit) == ("all", "全部", "说明", 5)
    assert (output.full_text, output.formats, output.feeds, output.language) == (False, ("atom",), ("a",), "en")
    assert (output.categories, output.outlets, output.symbols) == (("宏观",), ("证券时报",), ("600941.SH",))
    assert (output.include, output.exclude) == (("央行",), ("收评",))


def test_imported_articles_can_be_an_output_of_their_own(folder: Write) -> None:
    assert config.load(folder(outputs=mistakes.output('feeds = ["import"]')), environ={}).outputs[0].feeds == (
        "import",
    )


def test_site_rules_are_named_by_their_file(folder: Write) -> None:
    text = "hosts = ['.example.org']\nbody = '#main'\ndrop_text = ['^责任编辑']\n"
    (site,) = config.load(folder(sites={"example": text}), environ={}).sites
    assert (site.name, site.hosts, site.body, site.drop_text) == (
        "example",
        (".example.org",),
        ("#main",),
        ("^责任编辑",),
    )


@pytest.mark.parametrize(
    ("listen", "base_url"),
    [
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::]:80", "http://[::1]:80"),
        ("[::1]:0", "http://[::1]:0"),
        ("localhost:8080", "http://localhost:8080"),
    ],
)
def test_the_base_url_follows_the_listen_address(folder: Write, listen: str, base_url: str) -> None:
    assert config.load(folder(aggregator=f'listen = "{listen}"'), environ={}).settings.base_url == base_url


def test_a_base_url_loses_its_slash_and_introduces_us(folder: Write) -> None:
    settings = config.load(folder(aggregator='base_url = "https://news.example.org/"'), environ={}).settings
    assert settings.base_url == "https://news.example.org"
    assert settings.user_agent == f"aggregator/{__version__} (+https://news.example.org)"


def test_settings_cannot_be_changed(folder: Write) -> None:
    settings = config.load(folder(), environ={}).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.listen = "x"  # type: ignore[misc]


def test_where_the_folder_is_looked_for(
    folder: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repo: Path
) -> None:
    place = folder()
    other = tmp_path / "elsewhere"
    other.mkdir()
    assert config.locate_folder(place, {"AGGREGATOR_CONFIG": str(other)}) == place
    assert config.locate_folder(None, {"AGGREGATOR_CONFIG": str(other)}) == other
    monkeypatch.chdir(tmp_path)
    assert config.locate_folder(None, {}) == place
    monkeypatch.chdir(other)
    assert config.locate_folder(None, {}) == repo / "config"


def test_the_fingerprint_tells_every_change(folder: Write) -> None:
    place = folder(feeds=mistakes.feed())
    seen = [config.load(place, environ={}).fingerprint]
    assert config.fingerprint(place) == seen[0]
    for change in (
        lambda: (place / "feeds.toml").write_text(mistakes.feed("# x"), encoding="utf-8"),
        lambda: (place / "sites" / "a.toml").write_text("", encoding="utf-8"),
        lambda: (place / "sites" / "a.toml").rename(place / "sites" / "b.toml"),
        lambda: (place / "outputs.toml").unlink(),
    ):
        change()
        seen.append(config.fingerprint(place))
    assert len(set(seen)) == len(seen)


def test_the_shipped_config_is_right_and_says_its_defaults(repo: Path, folder: Write) -> None:
    shipped = config.load(repo / "config", environ={})
    assert [feed.url for feed in shipped.subscriptions] == [
        "sina:roll/384/2519", "sina:roll/153/2516", "sina:roll/155/1686", "sina:live/152",
    ]  # fmt: skip
    assert {feed.timezone for feed in shipped.subscriptions} == {"Asia/Shanghai"}
    assert [output.slug for output in shipped.outputs] == ["all", "flash", "policy"]
    empty = folder()
    given = config.load(empty, environ={"AGGREGATOR_DATA_DIR": str(shipped.settings.data_dir)}).settings
    assert shipped.settings == given


def test_the_shipped_examples_work_without_their_marks(repo: Path, folder: Write) -> None:
    text = (repo / "config" / "feeds.toml").read_text(encoding="utf-8")
    _, _, examples = text.partition("----\n")
    bare = "\n".join(
        line[2:] for line in examples.splitlines() if line.startswith(("# [[", "# ")) and ("=" in line or "[[" in line)
    )
    general = '[rsshub]\ninstances = ["http://127.0.0.1:1200"]\n'
    loaded = config.load(folder(aggregator=general, feeds=bare), environ={})
    assert len(loaded.subscriptions) == 3
