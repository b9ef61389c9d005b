"""The tables through which the house is extended: every line leads to something that is there."""

from __future__ import annotations

from importlib import import_module

import pytest

from aggregator import archive, clean, parse, publish


@pytest.mark.parametrize("name", parse.PARSERS)
def test_parsers_resolve(name: str) -> None:
    module, _, attribute = parse.PARSERS[name].partition(":")
    assert callable(getattr(import_module(module), attribute))


@pytest.mark.parametrize("name", publish.FORMATS)
def test_formats_resolve(name: str) -> None:
    form = publish.FORMATS[name]
    assert form.name == name
    assert callable(form.writer.entry)
    assert callable(form.writer.document)


def test_extensions_are_not_shared() -> None:
    extensions = [form.extension for form in publish.FORMATS.values()]
    assert len(set(extensions)) == len(extensions)


@pytest.mark.parametrize("name", clean.RULES)
def test_rules_are_functions_that_say_what_they_do(name: str) -> None:
    rule = clean.RULES[name]
    assert callable(rule)
    assert rule.__doc__


@pytest.mark.parametrize("name", archive.ARCHIVES)
def test_archives_resolve(name: str) -> None:
    form = archive.ARCHIVES[name]
    assert form.name == name
    assert form.is_read or form.dest
    assert not form.suffixes or callable(form.reader.read)
    assert not form.dest or callable(form.writer.write)
    assert form.dest in ("", "file", "folder")
