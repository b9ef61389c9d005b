"""`/api/v1/…`: what the pages show, as JSON for scripts. Read-only; docs/formats/api.md says how to use it.

routes       which address answers with what          shapes    stories and lists as plain values
problems     errors as application/problem+json       faring    subscriptions and the daemon as plain values
schema       the OpenAPI document, and how answers are formed
"""

from aggregator.web.api.routes import PREFIX, Api

__all__ = ["PREFIX", "Api"]
