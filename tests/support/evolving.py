"""Feeds that change from poll to poll as feeds do, and as they never should: random, but the same for a seed.

In: a seed. Out: documents. Used by tests/integration/test_unchanged_items.py; everything in them is invented.
"""

from __future__ import annotations

import codecs
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

_WORDS = "样本公司三季度营收同比增长海外订单占比提升股东大会公告回购分红净利润扩产停牌复牌年报中标合同新品发布"
_TRICKS = (
    "",
    "，正文引用 </item><item> 与 </entry>",
    "<p>a &amp; b &lt;item&gt; &#8212;</p>",
    "<!-- <item> -->",
    '<img src="/pic/1.png" alt="甲 > 乙">',
    "<?item ?>",
)


@dataclass(frozen=True)
class Item:
    """One item, as it stands now."""

    guid: str
    title: str
    link: str
    date: str
    body: str
    style: int = 0  #: CDATA, escaped, with a comment, with a namespace of its own

    def rss(self) -> str:
        """The item as RSS."""
        body = self.body.replace("]]>", "")
        text = f"<![CDATA[{body}]]>" if self.style != 1 else escape(body)
        own = ' xmlns:s="http://purl.org/rss/1.0/modules/slash/"' if self.style == 3 else ""
        more = "<s:comments>3</s:comments>" if self.style == 3 else "<!-- <item> no item -->" * (self.style == 2)
        guid = f'<guid isPermaLink="false">{escape(self.guid)}</guid>' if self.guid else ""
        return (
            f"<item{own}><title>{escape(self.title)}</title><link>{escape(self.link)}</link>{guid}"
            f"<pubDate>{self.date}</pubDate><description>{text}</description>{more}</item>"
        )

    def atom(self) -> str:
        """The item as an Atom entry."""
        link = f'<link href="{escape(self.link)}"/>' if self.link else ""
        return (
            f"<entry><id>{escape(self.guid)}</id><title>{escape(self.title)}</title>{link}"
            f"<updated>{self.date}</updated><content type='html'>{escape(self.body)}</content></entry>"
        )


class Evolving:
    """One feed through time. `step` changes it, `document` tells its bytes and Content-Type."""

    def __init__(self, name: str, seed: int, shared: list[Item]) -> None:
        self.name = name
        self.chance = random.Random(f"{name} {seed}")
        self.atom = self.chance.random() < 0.3
        self._shared = shared
        self._made = 0
        self._at = datetime(2026, 11, 20, tzinfo=UTC)
        self._site = f"https://{name}.example.org/"
        self._frame = ""
        self._encoding = "utf-8"
        self._declared = True
        self._extra = ""
        self._gone: list[Item] = []
        self.items = [self._new() for _ in range(self.chance.randrange(1, 9))]

    def step(self) -> None:
        """A few changes, mostly small ones."""
        self._extra = ""
        if self.chance.random() < 0.6:
            self._heal()
        for _ in range(self.chance.choice((0, 1, 1, 2, 3))):
            self.chance.choice(self._changes())()

    def document(self) -> tuple[bytes, str]:
        """Body and Content-Type as served now."""
        built = self.chance.randrange(10**6)  # differs every time, as the times in a channel do
        declared = f' encoding="{self._encoding}"' if self._declared else ""
        if self.atom:
            text = (
                f'<?xml version="1.0"{declared}?><feed xmlns="http://www.w3.org/2005/Atom"><title>样本</title>'
                f"<updated>2026-11-23T00:00:{built % 60:02d}Z</updated>{self._frame}"
                f"{''.join(one.atom() for one in self.items)}</feed>"
            )
        else:
            text = (
                f'<?xml version="1.0"{declared}?><rss version="2.0"><channel><title>样本</title>'
                f"<link>{self._site}</link><lastBuildDate>{built}</lastBuildDate>{self._frame}"
                f"{self.chance.choice(('', ' ')).join(one.rss() for one in self.items)}{self._extra}</channel></rss>"
            )
        body = text.encode(self._encoding, "xmlcharrefreplace")
        mark = codecs.BOM_UTF8 if self._encoding == "utf-8" and self.name.endswith("b") else b""
        return mark + body, "application/xml"

    # --------------------------------------------------------------------------------------------- changes

    def _changes(self) -> list[Callable[[], None]]:
        common = [self._add, self._add, self._add, self._edit, self._edit, self._drop, self._shuffle]
        same = [self._repeat, self._same_guid, self._same_link, self._mobile, self._share]
        odd = [*same, self._come_back, self._turn_back]
        rare = [self._reframe, self._odd_item, self._recode, self._move_date, self._thin]
        return [*common, *common, *odd, *odd, *rare]

    def _heal(self) -> None:
        """What is odd does not stay for long."""
        self._encoding = "utf-8"
        sound = {one.guid or one.link: one for one in self.items if ":" in one.date and "天" not in one.date}
        self.items = list({one.link: one for one in sound.values()}.values())

    def _words(self, count: int) -> str:
        return "".join(self.chance.choice(_WORDS) for _ in range(count))

    def _date(self, at: datetime) -> str:
        return at.isoformat() if self.atom else format_datetime(at)

    def _new(self) -> Item:
        self._made += 1
        self._at += timedelta(minutes=self.chance.randrange(1, 200))
        docid = f"{self.name:x<7}{self._made:07d}"
        path = f"doc-i{docid}.shtml" if self.chance.random() < 0.3 else f"{self._made}.html"
        host = self.chance.choice((self._site, self._site, "/", "https://finance.sina.com.cn/"))
        return Item(
            guid=f"{self.name}-{self._made}" if self.atom or self.chance.random() < 0.8 else "",
            title=self._words(12),
            link=host + path,
            date=self._date(self._at),
            body=f"<p>{self._words(330)}{self.chance.choice(_TRICKS)}{self._words(12)}。</p>",
            style=self.chance.randrange(4),
        )

    def _any(self) -> int:
        return self.chance.randrange(len(self.items))

    def _keep(self, place: int) -> None:
        self._gone.append(self.items[place])

    def _add(self) -> None:
        self.items.insert(0, self._new())

    def _edit(self) -> None:
        if self.items:
            place = self._any()
            self._keep(place)
            part = self.chance.choice(("title", "body", "link", "date"))
            new = self._new()
            self.items[place] = replace(self.items[place], **{part: getattr(new, part)})

    def _drop(self) -> None:
        if self.items:
            place = self._any()
            self._keep(place)
            del self.items[place]

    def _shuffle(self) -> None:
        self.chance.shuffle(self.items)

    def _repeat(self) -> None:
        if self.items:
            self.items.append(self.items[self._any()])

    def _same_guid(self) -> None:
        if self.items:
            self.items.insert(0, replace(self._new(), guid=self.items[self._any()].guid))

    def _same_link(self) -> None:
        if self.items:
            self.items.insert(0, replace(self._new(), link=self.items[self._any()].link))

    def _mobile(self) -> None:
        """The same document under its other address."""
        if self.items:
            old = self.items[self._any()]
            link = old.link.replace("finance.sina.com.cn/", "finance.sina.cn/").replace(".shtml", ".d.html")
            self.items.insert(0, replace(self._new(), link=link, title=old.title))

    def _come_back(self) -> None:
        if self._gone:
            self.items.insert(0, self.chance.choice(self._gone))

    def _turn_back(self) -> None:
        """An edit is undone."""
        for old in reversed(self._gone):
            for place, one in enumerate(self.items):
                if one.guid and one.guid == old.guid and one != old:
                    self.items[place] = old
                    return

    def _share(self) -> None:
        """The same article in two feeds."""
        self.items.insert(0, self.chance.choice(self._shared))
        self._shared.append(self._new())

    def _reframe(self) -> None:
        if self.atom:
            self._frame = f"<subtitle>{self._words(4)}</subtitle>"
        else:
            self._site = f"https://{self.chance.choice('xyz')}.example.org/"

    def _odd_item(self) -> None:
        odd = ("<item/>", "<item><title/></item>", "<ttl>60</ttl>", "<image><url>x</url></image>", "<bad>", "<!-- -->")
        self._extra = self.chance.choice(odd)

    def _recode(self) -> None:
        self._encoding = self.chance.choice(("utf-8", "utf-8", "gb18030", "utf-16"))
        self._declared = self._encoding != "utf-8" or self.chance.random() < 0.5

    def _move_date(self) -> None:
        if self.items:
            place = self._any()
            self.items[place] = replace(
                self.items[place], date=self.chance.choice(("2小时前", "昨天 10:00", "何时", ""))
            )

    def _thin(self) -> None:
        self.items.insert(0, replace(self._new(), body=self._words(20) + "…"))
