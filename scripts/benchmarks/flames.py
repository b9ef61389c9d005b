"""A flame graph as SVG. In: stacks with their number of samples. Out: a file that needs no script to be read.

Frames narrower than a pixel are left out, so the file stays small; the name is in the tooltip where it does not fit.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from html import escape
from pathlib import Path

_WIDTH, _HIGH, _TOP = 1200, 15, 30
_LEAST = 1.0  #: pixels
_PER_CHARACTER = 6.2  #: pixels

_Tree = dict[str, "_Node"]


class _Node:
    __slots__ = ("above", "count")

    def __init__(self) -> None:
        self.count = 0
        self.above: _Tree = {}


def draw(stacks: Mapping[tuple[str, ...], int], path: Path, title: str) -> int:
    """Write the picture; returns its size in bytes."""
    root = _Node()
    for stack, count in stacks.items():
        node = root
        node.count += count
        for frame in stack:
            node = node.above.setdefault(frame, _Node())
            node.count += count
    parts: list[str] = []
    depth = _layer(root, 0.0, 0, _WIDTH / max(1, root.count), parts)
    height = depth * _HIGH + _TOP
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="monospace"'
    paper = f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>'
    words = f'<text x="4" y="16" font-size="13">{escape(title)}</text>'
    head = f'{frame} font-size="10">{paper}{words}<g transform="translate(0 {height})">'
    body = (head + "\n".join(parts) + "</g></svg>\n").encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return len(body)


def _layer(node: _Node, left: float, depth: int, scale: float, parts: list[str]) -> int:
    """Draw what is called by `node`; returns the depth reached."""
    deepest = depth
    for name, child in sorted(node.above.items()):
        width = child.count * scale
        if width >= _LEAST:
            parts.append(_box(name, left, width, -(depth + 1) * _HIGH, child.count * scale / _WIDTH))
            deepest = max(deepest, _layer(child, left, depth + 1, scale, parts))
        left += width
    return max(deepest, depth)


def _box(name: str, left: float, width: float, y: int, share: float) -> str:
    fits = int(width / _PER_CHARACTER) - 1
    shown = name if len(name) <= fits else name[: fits - 1] + "…" if fits > 3 else ""
    words = f'<text x="{left + 2:.1f}" y="{y + 11}">{escape(shown)}</text>' if shown else ""
    return (
        f'<g><title>{escape(name)} {share:.1%}</title><rect x="{left:.1f}" y="{y}" width="{max(0.5, width - 0.4):.1f}" '
        f'height="{_HIGH - 1}" fill="{_colour(name)}"/>{words}</g>'
    )


def _colour(name: str) -> str:
    """Ours warm, others' pale; the same name has the same colour."""
    shade = zlib.crc32(name.encode()) % 40
    return f"hsl({18 + shade},85%,{62 + shade % 10}%)" if "(aggregator/" in name else f"hsl({190 + shade},35%,82%)"
