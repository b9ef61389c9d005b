"""The frozen dataclasses that walk the pipeline. No behaviour beyond small derived values; aware datetimes only.

Subscription -> Document -> ParsedFeed(Entry) -> Page -> Article -> Place -> Plan -> Outcome; back out: Story -> output.
"""

from __future__ import annotations

from aggregator.models.articles import (
    Article,
    Cause,
    Completeness,
    Known,
    Neighbour,
    Outcome,
    Place,
    Plan,
    Retry,
    Revision,
    Sighting,
    StoryKey,
    Write,
)
from aggregator.models.documents import (
    Document,
    Entry,
    Exchange,
    Feed,
    Found,
    Image,
    NotModified,
    Page,
    ParsedFeed,
    Symbol,
    Video,
)
from aggregator.models.exchange import Wanted
from aggregator.models.followed import (
    Endpoint,
    FullText,
    Subscription,
    SubscriptionState,
    Validators,
)
from aggregator.models.outgoing import (
    Appearance,
    Output,
    Site,
    SiteRules,
    StoredArticle,
    Story,
    SubscriptionStatus,
)
from aggregator.models.raw import (
    Fetched,
    RawDocument,
    RawKind,
    RawSource,
)

__all__ = [
    "Appearance",
    "Article",
    "Cause",
    "Completeness",
    "Document",
    "Endpoint",
    "Entry",
    "Exchange",
    "Feed",
    "Fetched",
    "Found",
    "FullText",
    "Image",
    "Known",
    "Neighbour",
    "NotModified",
    "Outcome",
    "Output",
    "Page",
    "ParsedFeed",
    "Place",
    "Plan",
    "RawDocument",
    "RawKind",
    "RawSource",
    "Retry",
    "Revision",
    "Sighting",
    "Site",
    "SiteRules",
    "StoredArticle",
    "Story",
    "StoryKey",
    "Subscription",
    "SubscriptionState",
    "SubscriptionStatus",
    "Symbol",
    "Validators",
    "Video",
    "Wanted",
    "Write",
]
