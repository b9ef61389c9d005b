"""A raw article becomes a clean one: furniture out, facts into fields, safe HTML.

In: an Article whose html is as the feed or page had it, and the SiteRules of its site. Out: the Article with safe html,
its plain text, and what the body states of itself. Pure and idempotent. Called by pipeline/ (step 7 of the walk).

RULES is the table of cleaning rules, in order. A rule takes the Draft and changes it in place. To add one: write the
function, give it a line here, a case in tests/unit/clean. The order matters where a comment says so. The sanitiser is
no rule: it runs after all of them, whatever they did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aggregator.clean import (
    comments,
    emphasis,
    figures,
    furniture,
    headline,
    lines,
    links,
    qr,
    related,
    sanitize,
    stocks,
    structure,
    tidy,
    tree,
    videos,
)
from aggregator.clean.draft import Draft
from aggregator.kit import symbols, text
from aggregator.models import Article, Image, SiteRules

RULES: dict[str, Callable[[Draft], None]] = {
    "comments": comments.read,  # first: they state symbols, videos and origins
    "furniture": furniture.blocks,
    "players": videos.read,
    "stocks": stocks.read,
    "figures": figures.frame,  # before bold and structure: captions are known by font and class
    "bold": emphasis.unify,
    "links": links.mend,
    "structure": structure.flatten,  # from here on there are only blocks and lines
    "tidy": tidy.trim,
    "breaks": structure.split,
    "notices": furniture.paragraphs,
    "headline": headline.drop_repeat,
    "lines": lines.read,
    "headline below lines": headline.drop_repeat,
    "related": related.collect,
    "emptied": tidy.prune,
    "repeated pictures": figures.drop_repeats,
    "headings": emphasis.headings,  # when all that stays is known: the last line is no heading
    "pictures": figures.collect,
}

#: Rules that leave the words of every line that stays as they are, or call forget_words() where they do not: what one
#: of them has read of a line holds for the next. A rule that is not named here may change what it likes.
_LEAVE_WORDS = frozenset(
    [
        "tidy",
        "breaks",
        "notices",
        "headline",
        "lines",
        "headline below lines",
        "related",
        "emptied",
        "repeated pictures",
    ]
)

_NO_RULES = SiteRules(name="none")


def clean(article: Article, rules: SiteRules | None = None) -> Article:
    """Clean one article. `rules` are those of its site; None applies only what holds for every site.

    Facts in the body win over stated ones where they are more exact (来源 over the media of the list); everything the
    body does not state stays as it was. Raises ConfigError where a selector or pattern of `rules` cannot be read.
    """
    draft = Draft(root=tree.parse(article.html), title=article.title, base=article.url, rules=rules or _NO_RULES)
    for name, rule in RULES.items():
        rule(draft)
        if name not in _LEAVE_WORDS:
            draft.forget_words()
    written = tree.write(draft.root)
    html = sanitize.sanitize(written)
    # Where the sanitiser had nothing to change, the text of the HTML is that of the tree.
    lines_of_text = tree.lines(draft.root) if html == written else None
    words = text.plain(html) if lines_of_text is None else text.rows(lines_of_text)
    draft.root.dissolve()
    outlet = draft.outlet or draft.outlet_hint or article.outlet or draft.dateline
    extra = {**article.extra, **draft.extra}
    if article.outlet and outlet != article.outlet:
        extra.setdefault("media", article.outlet)
    images = _images(article, draft)
    return replace(
        article,
        html=html,
        text=words,
        outlet=outlet,
        byline=draft.byline or article.byline or draft.byline_hint,
        editor=draft.editor or article.editor,
        editor_code=draft.editor_code or article.editor_code,
        original_title=draft.original_title or article.original_title,
        symbols=symbols.merge(draft.marked, draft.commented, article.symbols, symbols.from_prose(words)),
        images=images,
        image=_lead(article, draft, images),
        videos=(*article.videos, *(v for v in draft.videos if v.video_id not in {a.video_id for a in article.videos})),
        related=tuple(dict.fromkeys((*article.related, *draft.related))),
        extra=extra,
    )


def _images(article: Article, draft: Draft) -> tuple[Image, ...]:
    """The pictures of the body; where it has none, the stated ones that are content."""
    if draft.images:
        return tuple(draft.images)
    stated = ((links.secure(draft.base, image.url), image) for image in article.images)
    return tuple(replace(image, url=url) for url, image in stated if url and _is_content(url, image.caption, draft))


def _lead(article: Article, draft: Draft, images: tuple[Image, ...]) -> str | None:
    if draft.images:
        return draft.images[0].url
    stated = links.secure(draft.base, article.image)
    caption = next((image.caption for image in article.images if image.url == article.image), None)
    if stated and _is_content(stated, caption, draft):
        return stated
    return images[0].url if images else None


def _is_content(url: str, caption: str | None, draft: Draft) -> bool:
    """False for a stated picture that the body would not keep either."""
    blocked = figures.is_blocked(url, draft.rules.image_blocklist)
    return not (blocked or url in draft.refused or qr.is_picture(url, caption))
