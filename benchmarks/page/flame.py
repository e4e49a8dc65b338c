"""`python -m benchmarks.page.flame RAW SVG TITLE`: a flame graph from what `py-spy record -f raw` wrote.

Each frame is as wide as the share of samples that it was in, and stands on the one that called it. Nothing is drawn
that is narrower than a thousandth of the whole, so that the file stays small.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

import msgspec

_WIDTH: Final = 1_200
_ROW: Final = 17
_HEAD: Final = 34
_LEAST: Final = 0.001
_LETTER: Final = 6.3  # the width of a character at this size
_PLACE: Final = re.compile(r" \((.*?)(?::\d+)?\)$")
_COLOURS: Final = {
    "exchange/store": "#c9a0dc",
    "exchange/": "#7fb2f0",
    "grpc/": "#f2b16b",
    "leadexchange/": "#f2b16b",
    "asyncio/": "#b9c2cc",
}
_OTHERS: Final = "#9fd3a8"
_STYLE: Final = (
    "text{font:11px ui-monospace,'DejaVu Sans Mono',monospace;fill:#1b2430}"
    "rect{stroke:#fff;stroke-width:.6}.title{font:600 14px system-ui,sans-serif}"
)


class Frame(msgspec.Struct):
    """A function, called by those it stands on."""

    name: str
    place: str = ""
    """Its file."""
    samples: int = 0
    called: "dict[str, Frame]" = {}


def read(lines: Iterable[str]) -> Frame:
    """The frames of collapsed stacks, `outer;inner COUNT` each; what lies below every stack of a thread is left out."""
    root = Frame("all")
    for line in lines:
        stack, _, count = line.rpartition(" ")
        at = root
        at.samples += int(count)
        for text in stack.split(";"):
            found = _PLACE.search(text)
            name = text[: found.start()] if found else re.sub(r"^thread \(\w+\): ", "", text)
            at = at.called.setdefault(name, Frame(name, found.group(1) if found else ""))
            at.samples += int(count)
    for name, thread in root.called.items():
        root.called[name] = _bare(thread)
    return root


def _bare(thread: Frame) -> Frame:
    """A thread without the calls that all of it lies in."""
    inner = thread
    while len(inner.called) == 1 and (only := next(iter(inner.called.values()))).samples == inner.samples:
        inner = only
    return Frame(thread.name, "", thread.samples, inner.called)


def drawn(root: Frame, title: str) -> str:
    """The graph as one SVG without scripts: the longest calls first, names in full on hovering."""
    rows = list(_placed([root], 0.0, 0, root.samples))
    height = _HEAD + _ROW * (1 + max(depth for _, _, depth in rows))
    parts = [_box(frame, x, _HEAD + _ROW * depth, root.samples) for frame, x, depth in rows]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}">'
        f'<style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
        f'<text class="title" x="8" y="21">{escape(title)}</text>{"".join(parts)}</svg>\n'
    )


def _placed(frames: Sequence[Frame], x: float, depth: int, total: int) -> Iterator[tuple[Frame, float, int]]:
    """Each frame that is wide enough, where it begins as a share of the whole, and how deep it lies."""
    for frame in sorted(frames, key=lambda one: -one.samples):
        if frame.samples >= total * _LEAST:
            yield frame, x, depth
            yield from _placed(list(frame.called.values()), x, depth + 1, total)
        x += frame.samples / total


def _box(frame: Frame, x: float, y: int, total: int) -> str:
    share = frame.samples / total
    left, width = x * _WIDTH, share * _WIDTH
    colour = next((colour for start, colour in _COLOURS.items() if frame.place.startswith(start)), _OTHERS)
    room = int((width - 6) / _LETTER)
    shown = frame.name if len(frame.name) <= room else f"{frame.name[: room - 1]}…"
    text = f'<text x="{left + 3:.1f}" y="{y + 12}">{escape(shown)}</text>' if room > 2 else ""
    told = escape(f"{frame.name} {frame.place}: {share:.1%}")
    box = f'<rect x="{left:.1f}" y="{y}" width="{width:.1f}" height="{_ROW - 1}" fill="{colour}"/>'
    return f"<g><title>{told}</title>{box}{text}</g>"


if __name__ == "__main__":
    source, target, heading = sys.argv[1:]
    frames_ = read(Path(source).read_text(encoding="utf-8").splitlines())
    Path(target).write_text(drawn(frames_, heading), encoding="utf-8")
