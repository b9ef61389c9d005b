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
    Mentions,
    Offers,
    Output,
    Site,
    SiteRules,
    StoredArticle,
    Story,
    StoryPage,
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
from aggregator.models.past import PastPage, PastPlace
from aggregator.models.raw import (
    Fetched,
    RawDocument,
    RawKind,
    RawSource,
)
from aggregator.models.search import Query, Results, StoryHit, Without
from aggregator.models.statistics import Statistics

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
    "Mentions",
    "Neighbour",
    "NotModified",
    "Observation",
    "Offers",
    "Outcome",
    "Output",
    "Page",
    "PageCheck",
    "ParsedFeed",
    "PastPage",
    "PastPlace",
    "Place",
    "Plan",
    "Query",
    "RawDocument",
    "RawKind",
    "RawSource",
    "Results",
    "Retry",
    "Revision",
    "Sight",
    "Sighting",
    "Site",
    "SiteRules",
    "Statistics",
    "StoredArticle",
    "Story",
    "StoryHit",
    "StoryKey",
    "StoryPage",
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
