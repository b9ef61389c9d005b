"""A self-hosted feed aggregator and archiver for Chinese finance news."""

__version__ = "0.1.0"
