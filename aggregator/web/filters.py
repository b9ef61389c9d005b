"""What narrows a list, as its page shows it: the filters that are set, and the form that sets more. Pure.

In: a Listing, the subscriptions, what stories may be filtered by. Out: plain values for filters.html. Called by the
pages of lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aggregator.models import Offers, SubscriptionStatus
from aggregator.web.language import Language
from aggregator.web.listing import FILTERS, SEARCH, Listing

#: What a field is filled in with, as an example.
_EXAMPLES = {"symbol": "600941.SH"}


def shown(
    wanted: Listing, t: Language, statuses: Sequence[SubscriptionStatus], offers: Offers, heading: str | None = None
) -> dict[str, Any]:
    """What every page of a list shows of the list itself: its name, its filters, the form for more."""
    return {
        "listing": wanted,
        "heading": wanted.title(t, heading, {one.slug: one.name for one in statuses}),
        "chips": _chips(wanted, t, statuses),
        "cleared": Listing(wanted.kind, wanted.name, words=wanted.words if wanted.kind == SEARCH else "").address(),
        "form": _form(wanted, t, statuses, offers),
    }


def _chips(wanted: Listing, t: Language, statuses: Sequence[SubscriptionStatus]) -> list[dict[str, str]]:
    """The filters that are set, each with the address of the list without it."""
    names = {one.slug: one.name for one in statuses}
    found = [
        {"label": t(f"filter.{key}"), "value": names.get(value, value) if key == "feed" else value}
        | {"without": wanted.without(field, value).address()}
        for key, field in FILTERS.items()
        for value in getattr(wanted, field)
    ]
    if wanted.words and wanted.kind != SEARCH:
        found.append({"label": t("filter.words"), "value": wanted.words, "without": wanted.without("words").address()})
    for name, day in (("after", wanted.after), ("before", wanted.before)):
        if day:
            label, value = t(f"filter.{name}"), day.isoformat()
            found.append({"label": label, "value": value, "without": wanted.without(name).address()})
    return found


def _form(wanted: Listing, t: Language, statuses: Sequence[SubscriptionStatus], offers: Offers) -> dict[str, Any]:
    """The form that adds filters: what is set already goes along, out of sight."""
    hidden = [(key, value) for key, field in FILTERS.items() for value in getattr(wanted, field)]
    if wanted.kind == SEARCH and wanted.words:
        hidden.append(("q", wanted.words))
    feeds = [(one.slug, one.name) for one in statuses if one.configured]
    offered = {"category": offers.categories, "outlet": offers.outlets}
    fields = [
        {
            "name": key,
            "label": t(f"filter.{key}"),
            "choices": feeds if key == "feed" else (),
            "offered": offered.get(key, ()),
            "example": _EXAMPLES.get(key, ""),
        }
        for key in FILTERS
        if key != wanted.kind and (key != "feed" or feeds)
    ]
    dates = [
        (name, t(f"filter.{name}"), day.isoformat() if day else "")
        for name, day in (("after", wanted.after), ("before", wanted.before))
    ]
    return {
        "action": Listing(wanted.kind, wanted.name).address(),
        "hidden": hidden,
        "words": None if wanted.kind == SEARCH else wanted.words,
        "fields": fields,
        "dates": dates if wanted.day is None else (),
    }
