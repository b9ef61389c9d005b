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
    Keep,
    Subscription,
    SubscriptionState,
    Validators,
)
from aggregator.models.media import (
    ArticlePicture,
    Medium,
    WantedPicture,
)
from aggregator.models.outgoing import (
    Appearance,
    Dossier,
    Output,
    Site,
    SiteRules,
    StoredArticle,
    Story,
    SubscriptionStatus,
)
from aggregator.models.pages import (
    Absence,
    Observation,
    PageCheck,
    Retry,
    Sight,
    Tried,
)
from aggregator.models.raw import (
    Fetched,
    RawDocument,
    RawKind,
    RawSource,
)
from aggregator.models.search import Query, StoryHit, Without

__all__ = [
    "Absence",
    "Appearance",
    "Article",
    "ArticlePicture",
    "Cause",
    "Completeness",
    "Document",
    "Dossier",
    "Endpoint",
    "Entry",
    "Exchange",
    "Feed",
    "Fetched",
    "Found",
    "FullText",
    "Image",
    "Keep",
    "Known",
    "Medium",
    "Neighbour",
    "NotModified",
    "Observation",
    "Outcome",
    "Output",
    "Page",
    "PageCheck",
    "ParsedFeed",
    "Place",
    "Plan",
    "Query",
    "RawDocument",
    "RawKind",
    "RawSource",
    "Retry",
    "Revision",
    "Sight",
    "Sighting",
    "Site",
    "SiteRules",
    "StoredArticle",
    "Story",
    "StoryHit",
    "StoryKey",
    "Subscription",
    "SubscriptionState",
    "SubscriptionStatus",
    "Symbol",
    "Tried",
    "Validators",
    "Video",
    "Wanted",
    "WantedPicture",
    "Without",
    "Write",
]
