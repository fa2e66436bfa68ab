"""What `python -m benchmarks [NAME …]` does: one figure a line; without a name, all benchmarks but the long ones."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from typing import Final

from benchmarks.figures import Figure, Scale, surroundings

NAMES: Final = (
    "codec", "session", "pipeline", "road", "flat", "store", "end_to_end", "http", "memory", "lists", "statement",
    "search",
)
LONG: Final = ("soak", "floods")  # only by name


def figures_of(name: str, scale: Scale) -> Iterator[Figure]:
    """Run one benchmark; each figure comes as soon as it is known."""
    figures: Iterator[Figure] = importlib.import_module(f"benchmarks.{name}").run(scale)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="One figure a line: name value unit.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; or {', '.join(LONG)}")
    parser.add_argument("--tiny", action="store_true", help="show that everything runs; the figures mean nothing")
    parser.add_argument("--minutes", type=int, default=0, help="of traffic in soak")
    parser.add_argument("--pace", type=int, default=0, help="messages a second in soak")
    wish = parser.parse_args()
    unknown = [name for name in wish.names if name not in NAMES + LONG]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(NAMES + LONG)}")
    for line in surroundings():
        print(line)
    for name in wish.names or NAMES:
        for figure in figures_of(name, Scale(wish.tiny, wish.minutes, wish.pace)):
            print(figure, flush=True)
