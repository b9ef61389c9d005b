from __future__ import annotations

import os
import ssl
import subprocess
import sys

import pytest

from aggregator.fetch import tls


def test_contexts_check_names_and_certificates() -> None:
    made = tls.context()
    assert made.verify_mode is ssl.CERT_REQUIRED
    assert made.check_hostname


@pytest.mark.parametrize("before", [None, "/etc/own.pem"])
def test_the_environment_is_as_it_was(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if before:
        monkeypatch.setenv("SSL_CERT_FILE", before)
    with tls.without_certificates():
        assert ssl.create_default_context().get_ca_certs() == []
    assert os.environ.get("SSL_CERT_FILE") == before


def test_the_client_is_loaded_without_reading_certificates() -> None:
    program = (
        "import ssl; made = []; real = ssl.create_default_context\n"
        "def watch(*a, **k):\n    made.append(real(*a, **k)); return made[-1]\n"
        "ssl.create_default_context = watch\n"
        "import aggregator.fetch.http\n"
        "assert all(not one.get_ca_certs() for one in made)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
