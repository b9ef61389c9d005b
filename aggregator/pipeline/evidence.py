"""What a failed look at the page of an article says of the article. Pure. Called by upgrade.py and recheck.py.

Only an answer about this very page is evidence: 404, 410, or a page that says there is no such article. A timeout, 403,
5xx, a request for verification or a page that cannot be read says nothing of it.
"""

from __future__ import annotations

from datetime import datetime

from aggregator.errors import AggregatorError, BadStatus, PageGone
from aggregator.models import Observation, Sight

_GONE = (404, 410)


def of(article_id: int, error: AggregatorError, at: datetime) -> Observation:
    """The observation of a look that ended with `error`."""
    answered = isinstance(error, BadStatus) and error.asked and error.status in _GONE
    sight = Sight.ABSENT if answered or isinstance(error, PageGone) else Sight.FAILED
    return Observation(article_id, at, sight, str(error))
