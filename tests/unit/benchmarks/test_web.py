"""What wrk prints is understood, and refused where the answers were not right; percentiles."""

from __future__ import annotations

import pytest
from benchmarks import measure, running, web

_TOLD = """Running 2s test @ http://127.0.0.1:1/feeds/all.rss
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.18ms    0.48ms   9.80ms   91.20%
  Latency Distribution
     50%    1.07ms
     75%    1.30ms
     90%    1.55ms
     99%  970.00us
  12500 requests in 2.00s, 1.50GB read
Requests/sec:   6243.71
Transfer/sec:    767.30MB
"""


def test_rate_latency_and_size_are_read() -> None:
    told = web.understood(_TOLD)
    assert told["rate"] == 6243.71
    assert told["p99"] == pytest.approx(0.00097)
    assert told["bytes"] == pytest.approx(1.5 * 2**30 / 12500)


@pytest.mark.parametrize("line", ["  Non-2xx or 3xx responses: 3\n", "  Socket errors: connect 0, read 1\n"])
def test_wrong_answers_are_no_figures(line: str) -> None:
    with pytest.raises(measure.Failed):
        web.understood(_TOLD.replace("Requests/sec", line + "Requests/sec"))


def test_output_of_another_kind_is_no_figure() -> None:
    with pytest.raises(measure.Failed):
        web.understood("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_a_percentile_is_the_value_that_so_many_do_not_exceed() -> None:
    values = [float(one) for one in range(100, 0, -1)]
    assert running.percentile(values, 0.95) == 95
    assert running.percentile(values, 0.5) == 50
    assert running.percentile([3.0], 0.99) == 3
    assert running.percentile([1.0, 2.0, 3.0], 1.0) == 3
