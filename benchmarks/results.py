"""What a run measured, and the files that it is kept in."""

from pathlib import Path
from typing import Final, Self

import msgspec

from benchmarks.charts import Chart, Histograms
from benchmarks.figures import Figure, rounded

_FIGURES: Final = "bench.json"
_REST: Final = "bench-run.json"


class _Rest(msgspec.Struct):
    """What `bench.json`, a list of figures, has no place for."""

    machine: str
    quick: bool
    charts: list[Chart | Histograms]


class Results:
    """Figures and charts, in the order in which they were measured."""

    def __init__(self, machine: str, *, quick: bool) -> None:
        self.machine = machine
        """What was measured on, and when."""
        self.quick = quick
        self.figures: list[Figure] = []
        self.charts: list[Chart | Histograms] = []

    def add(self, one: Figure | Chart | Histograms) -> None:
        """Takes one in."""
        if isinstance(one, Figure):
            self.figures.append(one)
        else:
            self.charts.append(one)

    def keep(self, earlier: "Results") -> None:
        """Takes in what an earlier run measured by benchmarks that this one left out."""
        again = {_benchmark(one.name) for one in self.figures}
        self.figures = [*(one for one in earlier.figures if _benchmark(one.name) not in again), *self.figures]
        self.charts = [*(one for one in earlier.charts if _benchmark(one.name) not in again), *self.charts]

    def write(self, folder: Path) -> None:
        """For programs: the figures as a JSON list in `bench.json`, all else beside it."""
        figures = msgspec.json.encode([rounded(one) for one in self.figures])
        (folder / _FIGURES).write_bytes(msgspec.json.format(figures) + b"\n")
        rest = _Rest(machine=self.machine, quick=self.quick, charts=self.charts)
        (folder / _REST).write_bytes(msgspec.json.encode(rest))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What `write` left; nothing where there is nothing."""
        if not (folder / _REST).exists():
            return cls("", quick=False)
        rest = msgspec.json.decode((folder / _REST).read_bytes(), type=_Rest)
        results = cls(rest.machine, quick=rest.quick)
        results.figures = msgspec.json.decode((folder / _FIGURES).read_bytes(), type=list[Figure])
        results.charts = rest.charts
        return results


def _benchmark(name: str) -> str:
    """The benchmark that a figure or chart belongs to."""
    return name.partition(".")[0]
