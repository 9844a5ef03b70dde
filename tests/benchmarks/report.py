"""What was measured, as one Markdown table and as JSON."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

HEADS = ("What", "Median", "95th percentile", "Target", "Met", "Rivals in the same run", "Samples")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        median, p95: in `unit`; p95 only where a target names it.
        limit, p95_limit: the targets; `at_least` says that more is better.
        rivals: the name of each rival, and what it took in `unit` in the same run.
        samples: how many measurements the median is of.
    """

    what: str
    unit: str
    median: float
    samples: int
    p95: float | None = None
    limit: float | None = None
    p95_limit: float | None = None
    at_least: bool = False
    rivals: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, what: str, unit: str, values: Iterable[float], *, tail: bool = False, **more) -> "Row":
        """The row of these measurements; `tail` asks for the 95th percentile."""
        values = np.asarray(list(values), dtype=float)
        late = float(np.percentile(values, 95)) if values.size else math.nan
        p95 = late if tail else None
        return cls(what, unit, float(np.median(values)) if values.size else math.nan, values.size, p95, **more)

    @property
    def met(self) -> bool | None:
        """Whether every target is met; None where there is none."""
        pairs = [(self.median, self.limit), (self.p95, self.p95_limit)]
        results = [value >= limit if self.at_least else value <= limit for value, limit in pairs if limit is not None]
        return all(results) if results else None

    def cells(self) -> Sequence[str]:
        target = "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {quantity(self.limit, self.unit)}"
        if self.p95_limit is not None:
            target += f", 95 % ≤ {quantity(self.p95_limit, self.unit)}"
        p95 = "" if self.p95 is None else quantity(self.p95, self.unit)
        met = {None: "", True: "yes", False: "no"}[self.met]
        return (self.what, quantity(self.median, self.unit), p95, target.strip(", "), met, self._rivals(), str(self.samples))

    def _rivals(self) -> str:
        return "; ".join(
            f"{name} {quantity(took, self.unit)}, {took / self.median:.2g} times as long" for name, took in self.rivals
        )


def quantity(value: float, unit: str) -> str:
    """Three digits and the unit."""
    if not math.isfinite(value):
        return "not measured"
    return f"{value:,.0f} {unit}".strip() if abs(value) >= 100 else f"{value:.3g} {unit}".strip()


def markdown(rows: Iterable[Row], about: str) -> str:
    """The machine and its load, then the table."""
    lines = [HEADS, ["---"] * len(HEADS), *(row.cells() for row in rows)]
    return "\n".join([about, "", *(f"| {' | '.join(cells)} |" for cells in lines)])


def save(rows: Iterable[Row], about: str, file: Path) -> None:
    content = {"about": about, "rows": [{**asdict(row), "met": row.met} for row in rows]}
    file.write_text(json.dumps(content, indent=2) + "\n")
