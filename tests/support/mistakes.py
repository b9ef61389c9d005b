"""Broken config folders, each with the place, key and words that must be told. For tests of config and of `check`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Broken:
    """One folder with one mistake (or one mistake that is told in two places)."""

    name: str
    place: str  #: 'feeds.toml:3', 'environment'
    key: str
    what: str  #: words that must be in the message
    mend: str
    aggregator: str = ""
    feeds: str = ""
    outputs: str = ""
    sites: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write the folder and return it."""
        (folder / "sites").mkdir(parents=True)
        for name, text in (("aggregator", self.aggregator), ("feeds", self.feeds), ("outputs", self.outputs)):
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        for name, text in self.sites.items():
            (folder / "sites" / f"{name}.toml").write_text(text, encoding="utf-8")
        return folder

    @property
    def place_pattern(self) -> str:
        """How the line of the message must begin, behind any folder."""
        return f"{self.place}: {self.key}: " if self.key else f"{self.place}: "


def feed(*lines: str, name: str = "甲", url: str = "https://example.org/a.xml") -> str:
    """A [[feed]] whose further lines start at line 4."""
    return "\n".join(["[[feed]]", f'name = "{name}"', f'url = "{url}"', *lines, ""])


def output(*lines: str, slug: str = "all") -> str:
    """An [[output]] whose further lines start at line 4."""
    return "\n".join(["[[output]]", f'slug = "{slug}"', 'title = "全部"', *lines, ""])


CASES = (
    # -------- aggregator.toml
    Broken("no-toml", "aggregator.toml:2", "", "no TOML", "quotes", aggregator='title = "a"\nlisten = 127.0.0.1\n'),
    Broken("half-written", "aggregator.toml:1", "", "no TOML", "quotes", aggregator='title = "fin'),
    Broken("unknown-key", "aggregator.toml:1", "data_dirr", "no known key", "did you mean data_dir?", aggregator='data_dirr = "x"\n'),
    Broken("unknown-table", "aggregator.toml:2", "limit", "no known key", "did you mean limits?", aggregator="\n[limit]\nx = 1\n"),
    Broken(
        "unknown-nested", "aggregator.toml:3", "limits.dedline", "no known key", "did you mean deadline?",
        aggregator='[limits]\nconnect = "5s"\ndedline = "20s"\n',
    ),
    Broken("no-duration", "aggregator.toml:2", "polling.interval", "no duration", '"5m"', aggregator='[polling]\ninterval = "soon"\n'),
    Broken("no-size", "aggregator.toml:2", "limits.max_body", "no size", '"15 MB"', aggregator='[limits]\nmax_body = "much"\n'),
    Broken("text-for-number", "aggregator.toml:1", "limits.per_host", "whole number", "per_host = 2", aggregator='limits.per_host = "2"\n'),
    Broken("too-many", "aggregator.toml:1", "limits.per_host", "refused", "per_host = 2", aggregator="limits = { per_host = 99 }\n"),
    Broken("number-for-text", "aggregator.toml:1", "title", "text in quotes", 'title = "', aggregator="title = 5\n"),
    Broken("value-for-table", "aggregator.toml:1", "log", "must be a table", "", aggregator="log = true\n"),
    Broken("text-for-switch", "aggregator.toml:2", "dedup.near", "true or false", "near = true", aggregator='[dedup]\nnear = "yes"\n'),
    Broken("listen", "aggregator.toml:1", "listen", "no listen address", '"127.0.0.1:8321"', aggregator='listen = "8321"\n'),
    Broken("base-url", "aggregator.toml:1", "base_url", "no http or https", "https://", aggregator='base_url = "news.example.org"\n'),
    Broken("database", "aggregator.toml:1", "database", "no database address", "sqlite:///", aggregator='database = "news.db"\n'),
    Broken("log-level", "aggregator.toml:1", "log.level", "refused", 'level = "info"', aggregator='log.level = "loud"\n'),
    Broken("order", "aggregator.toml:1", "limits", "longer than deadline", "shorter", aggregator='[limits]\nconnect = "60s"\n'),
    Broken("instance", "aggregator.toml:2", "rsshub.instances", "no http or https", "https://", aggregator='[rsshub]\ninstances = ["hub"]\n'),
    Broken("agent", "aggregator.toml:1", "user_agent", "outside ASCII", "aggregator/1.0", aggregator='user_agent = "聚合"\n'),
    # -------- the environment
    Broken(
        "variable", "environment", "AGGREGATOR_DATADIR", "sets nothing", "did you mean AGGREGATOR_DATA_DIR?",
        environ={"AGGREGATOR_DATADIR": "/srv"},
    ),
    Broken(
        "variable-value", "environment", "AGGREGATOR_LIMITS__DEADLINE", "no duration", '"5m"',
        environ={"AGGREGATOR_LIMITS__DEADLINE": "long"},
    ),
    Broken("data-dir-home", "aggregator.toml:1", "data_dir", "has no home folder", "whole path", aggregator='data_dir = "~nobody-of-that-name/x"\n'),
    Broken("data-dir-nul", "aggregator.toml:1", "data_dir", "NUL", "folder", aggregator='data_dir = "a\\u0000b"\n'),
    Broken("data-dir-file", "aggregator.toml:1", "data_dir", "is a file, not a folder", "name a folder", aggregator='data_dir = "config/feeds.toml/x"\n'),
    Broken("processes-word", "aggregator.toml:2", "limits.processes", 'neither "auto" nor', "write", aggregator='[limits]\nprocesses = "many"\n'),
    Broken("processes-less", "aggregator.toml:2", "limits.processes", "0", "", aggregator='[limits]\nprocesses = -1\n'),
    # -------- feeds.toml
    Broken("url-bracket", "feeds.toml:3", "feed[1].url", "is no address", "write it like", feeds=feed(url="http://[::1/x")),
    Broken("url-missing", "feeds.toml:2", "feed[1].url", "is missing", "add url = ", feeds='\n[[feed]]\nname = "甲"\n'),
    Broken("name-missing", "feeds.toml:1", "feed[1].name", "is missing", "add name = ", feeds='[[feed]]\nurl = "https://example.org/"\n'),
    Broken("name-empty", "feeds.toml:2", "feed[1].name", "is empty", "write a text", feeds=feed(name=" ")),
    Broken(
        "feed-unknown-key", "feeds.toml:5", "feed[1].intervall", "no known key", "did you mean interval?",
        feeds=feed('slug = "a"', 'intervall = "5m"'),
    ),
    Broken("single-brackets", "feeds.toml:1", "feed", "must be tables", "[[feed]]", feeds='[feed]\nname = "甲"\nurl = "https://example.org/"\n'),
    Broken("wrong-name", "feeds.toml:1", "feeds", "no known key", "write [[feed]]", feeds='[[feeds]]\nname = "甲"\n'),
    Broken("scheme", "feeds.toml:3", "feed[1].url", "no http or https", "https://", feeds=feed(url="ftp://example.org/a.xml")),
    Broken("no-scheme", "feeds.toml:3", "feed[1].url", "no http or https", "https://", feeds=feed(url="example.org/a.xml")),
    Broken("sina-typo", "feeds.toml:3", "feed[1].url", "unknown scheme", "did you mean sina:", feeds=feed(url="sian:roll/384/2519")),
    Broken("sina-form", "feeds.toml:3", "feed[1].url", "no address", "sina:roll/384/2519", feeds=feed(url="sina:roll/384")),
    Broken("rsshub-alone", "feeds.toml:3", "feed[1].url", "needs an RSSHub instance", "[rsshub]", feeds=feed(url="rsshub:/sina/finance")),
    Broken("port", "feeds.toml:3", "feed[1].url", "no address", "https://", feeds=feed(url="https://example.org:99999/")),
    Broken("credentials", "feeds.toml:3", "feed[1].url", "user name", "headers", feeds=feed(url="https://me:pw@example.org/")),
    Broken("loopback", "feeds.toml:3", "feed[1].url", "on this machine", "allow_private = true", feeds=feed(url="http://localhost:1200/")),
    Broken("private", "feeds.toml:3", "feed[1].url", "on this machine", "allow_private = true", feeds=feed(url="http://10.1.2.3/")),
    Broken("disguised", "feeds.toml:3", "feed[1].url", "on this machine", "allow_private = true", feeds=feed(url="http://0x7f.1/")),
    Broken("zone", "feeds.toml:4", "feed[1].timezone", "no IANA", "did you mean Asia/Shanghai?", feeds=feed('timezone = "Asia/Shangai"')),
    Broken("language", "feeds.toml:4", "feed[1].language", "no language tag", '"zh-CN"', feeds=feed('language = "Chinese please"')),
    Broken("full-text", "feeds.toml:4", "feed[1].full_text", "no choice", '"auto"', feeds=feed('full_text = "maybe"')),
    Broken("often-web", "feeds.toml:4", "feed[1].interval", "too often", '"60s"', feeds=feed('interval = "30s"')),
    Broken(
        "often-sina", "feeds.toml:4", "feed[1].interval", "too often", '"15s"',
        feeds=feed('interval = "5s"', url="sina:live/152"),
    ),
    Broken(
        "often-by-default", "aggregator.toml:2", "polling.live_interval", "too often", '"15s"',
        aggregator='[polling]\nlive_interval = "5s"\n', feeds=feed(url="sina:live/152"),
    ),
    Broken("slug-form", "feeds.toml:4", "feed[1].slug", "no slug", "a-z", feeds=feed('slug = "../x"')),
    Broken("slug-case", "feeds.toml:4", "feed[1].slug", "no slug", "a-z", feeds=feed('slug = "Sina"')),
    Broken("slug-long", "feeds.toml:4", "feed[1].slug", "no slug", "64", feeds=feed(f'slug = "{"a" * 65}"')),
    Broken("slug-reserved", "feeds.toml:4", "feed[1].slug", "reserved", "slug = ", feeds=feed('slug = "import"')),
    Broken("name-reserved", "feeds.toml:2", "feed[1].name", "reserved", "slug = ", feeds=feed(name="Import")),
    Broken(
        "slug-twice", "feeds.toml:8", "feed[2].slug", "the same as in", "slug",
        feeds=feed('slug = "a"') + feed('slug = "a"', url="https://example.org/b.xml"),
    ),
    Broken(
        "names-that-meet", "feeds.toml:5", "feed[2].name", "the same as in", "slug",
        feeds=feed(name="A B") + feed(name="a-b", url="https://example.org/b.xml"),
    ),
    Broken(
        "url-twice", "feeds.toml:6", "feed[2].url", "the same as in", "remove",
        feeds=feed() + feed(name="乙", url="http://EXAMPLE.org:80/a.xml#top"),
    ),
    Broken("header-name", "feeds.toml:4", "feed[1].headers", "no header name", "letters", feeds=feed('headers = { "A b" = "x" }')),
    Broken("header-ours", "feeds.toml:4", "feed[1].headers", "by the program", "leave it out", feeds=feed('headers = { Host = "x" }')),
    Broken("header-split", "feeds.toml:4", "feed[1].headers", "line break", "ASCII", feeds=feed('headers = { A = "x\\r\\nB: y" }')),
    Broken("category-kind", "feeds.toml:5", "feed[1].categories[2]", "text in quotes", "", feeds=feed('categories = ["a",', "5]")),
    # -------- outputs.toml
    Broken("slug-missing", "outputs.toml:1", "output[1].slug", "is missing", "add slug", outputs='[[output]]\ntitle = "x"\n'),
    Broken("slug-empty", "outputs.toml:2", "output[1].slug", "", "slug", outputs=output(slug="")),
    Broken("outputs-meet", "outputs.toml:5", "output[2].slug", "the same as in", "own slug", outputs=output() + output()),
    Broken("limit", "outputs.toml:4", "output[1].limit", "refused", "limit = 100", outputs=output("limit = 0")),
    Broken("format", "outputs.toml:4", "output[1].formats", "no output format", "did you mean atom?", outputs=output('formats = ["atm"]')),
    Broken("symbol", "outputs.toml:4", "output[1].symbols", "no symbol", "600941.SH", outputs=output('symbols = ["sh600941"]')),
    Broken(
        "unknown-feed", "outputs.toml:6", "output[1].feeds[2]", "slug of no feed", 'did you mean "flash"?',
        feeds=feed('slug = "flash"'), outputs=output("feeds = [", '  "flash",', '  "flahs"]'),
    ),
    Broken(
        "name-for-slug", "outputs.toml:4", "output[1].feeds[1]", "slug of no feed", 'did you mean "flash"?',
        feeds=feed('slug = "flash"', name="快讯"), outputs=output('feeds = ["快讯"]'),
    ),
    # -------- sites
    Broken("site-key", "x.toml:2", "bodyy", "no known key", "did you mean body?", sites={"x": 'hosts = ["x.example"]\nbodyy = ["p"]\n'}),
    Broken("site-pattern", "x.toml:2", "drop_text[2]", "no regular expression", "mend", sites={"x": "drop_text = ['a',\n  '(']\n"}),
    Broken("site-selector", "x.toml:1", "body[1]", "no CSS selector", "mend", sites={"x": "body = 'div['\n"}),
    Broken("site-pattern-wide", "x.toml:1", "drop_text[1]", "no regular expression", "mend", sites={"x": "drop_text = 'a{99999999999999}'\n"}),
    Broken("site-pattern-deep", "x.toml:1", "drop_text[1]", "no regular expression", "mend", sites={"x": f"drop_text = '{'(' * 3000}'\n"}),
    Broken("site-pseudo-element", "x.toml:1", "body[1]", "no CSS selector", "mend", sites={"x": "body = '::before'\n"}),
    Broken("toml-deep", "x.toml", "", "too many brackets", "flat", sites={"x": f"body = {'[' * 3000}{']' * 3000}\n"}),
    Broken("site-attribute", "x.toml:1", "title[2]", "no CSS selector", "mend", sites={"x": "title = ['h1@id', 'h1[@id']\n"}),
)  # fmt: skip
