"""What stands of the figures in the READMEs: one short table, and three sentences.

In: the name of a README. Out: Markdown of the last results of poll, serve, live and archive, the same in both
languages. Called by those, which have it as their `readme`.
"""

from __future__ import annotations

from typing import Any

from benchmarks import report, running
from benchmarks.origin import MODES
from benchmarks.systems import OURS

_HEADS = {
    "README.md": (
        "Seconds for one poll of {feeds} feeds with {entries} full articles each, from start to exit, on {cores} cores "
        "({date}); we also clean, merge and publish. How it was measured: [docs/performance.md](docs/performance.md).",
        ("program", "nothing known yet", "all answer 304", "unchanged, no validators", "2 new a feed", "peak MB"),
    ),
    "README.zh-CN.md": (
        "轮询 {feeds} 个源、每个 {entries} 篇全文文章一遍所需的秒数（从启动到退出，{cores} 核，{date}）；"
        "我们的时间还含清洗、合并与发布。"
        "测法与更多数字见 [docs/performance.md](docs/performance.md)。",
        ("程序", "空库首轮", "全部 304", "内容未变、无校验头", "每源 2 篇新文章", "内存峰值 MB"),
    ),
}
_SERVED = {
    "README.md": "A feed of {kilobytes} kB is served compressed {gzip} times a second, or answered with 304 "
    "{unchanged} times.",
    "README.zh-CN.md": "{kilobytes} kB 的输出源每秒可压缩发送 {gzip} 次，或以 304 应答 {unchanged} 次。",
}
_APPEARED = {
    "README.md": "A new article is in all outputs {late:.1f} s after the poll that found it, or sooner (95 %).",
    "README.zh-CN.md": "新文章在被轮询到之后 {late:.1f} 秒内进入所有输出（95%）。",
}
_ARCHIVED = {
    "README.md": "An import takes {rate} posts a second, with at most {peak} MB.",
    "README.zh-CN.md": "导入每秒 {rate} 篇文件，内存峰值 {peak} MB。",
}


def block(name: str) -> str | None:
    """The figures for the README called `name`; None while there are none of poll."""
    polled = report.kept("poll")
    if polled is None:
        return None
    words, head = _HEADS[name]
    told = words.format(feeds=polled["feeds"], entries=polled["entries"], **polled["facts"])
    sentences = [one for one in (_served(name), _appeared(name), _archived(name)) if one]
    parts = [told, report.table(head, _rows(polled)), ("" if name.endswith(".zh-CN.md") else " ").join(sentences)]
    return "\n\n".join(part for part in parts if part)


def _rows(results: dict[str, Any]) -> list[tuple[object, ...]]:
    lines: list[tuple[object, ...]] = []
    for system in dict.fromkeys(row["system"] for row in results["rows"]):
        rows = {row["mode"]: row for row in results["rows"] if row["system"] == system}
        peak = max(row["rss"] for row in rows.values())
        lines.append((system, *(f"{rows[mode]['wall']:.1f}" for mode in MODES), report.megabytes(peak)))
    return lines


def _served(name: str) -> str:
    results = report.kept("serve")
    if results is None:
        return ""
    rates = {
        one["kind"]: round(one["rate"], -2)
        for one in results["rates"]
        if one["server"] == "aggregator" and one["state"] == "at rest"
    }
    return _SERVED[name].format(
        kilobytes=results["sizes"]["plain"] // 1000, gzip=f"{rates['200 gzip']:.0f}", unchanged=f"{rates['304']:.0f}"
    )


def _appeared(name: str) -> str:
    results = report.kept("live")
    if results is None:
        return ""
    took = [row["last file"] for row in results["rows"]]
    return _APPEARED[name].format(late=running.percentile(took, 0.95))


def _archived(name: str) -> str:
    results = report.kept("archive")
    if results is None:
        return ""
    rows = [row for row in results["rows"] if row["system"] == OURS]
    rate = next(round(row["posts"] / row["wall"], -1) for row in rows if row["step"] == "import posts")
    peak = report.megabytes(max(row["rss"] for row in rows))
    return _ARCHIVED[name].format(rate=f"{rate:.0f}", peak=peak)
