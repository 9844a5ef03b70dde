"""A map of 256 x 256 starts in the library, by rules that search along a line or look at a Hessian at every step."""

import math
import subprocess
import sys
from collections.abc import Iterator

from tests.benchmarks.app import HOME
from tests.benchmarks.report import Row

TIMES = 3
LONGEST = 60  # seconds for a process with two maps
LIMITS = {  # seconds
    "Newton()": 1.2,
    "SaddleFreeNewton()": 1.2,
    "LBFGS()": 10.0,
    "Backtracking()": 1.7,
    "Adam(0.05)": 0.5,
}
CODE = """
import sys, time
import optimizers
from landscapes import LANDSCAPES
rule = eval(sys.argv[1], vars(optimizers))
for _ in range(2):
    began = time.perf_counter()
    optimizers.basins(LANDSCAPES["himmelblau"], rule, 300, 256)
print(time.perf_counter() - began)
"""


def measure() -> Iterator[Row]:
    for rule, limit in LIMITS.items():
        yield _row(rule, limit)


def _row(rule: str, limit: float) -> Row:
    name = f"Map of 256 x 256 starts on Himmelblau, 300 steps, {rule}, the second in a process"
    taken = []
    for _ in range(TIMES):
        seconds = _second(rule)
        if seconds is None:  # once more would be another minute
            return Row(f"{name}: no end within {LONGEST} s", "s", math.nan, 1, limit=limit)
        taken.append(seconds)
    return Row.of(name, "s", taken, limit=limit)


def _second(rule: str) -> float | None:
    """Seconds of the second map in a process of its own; None for no end."""
    command = [sys.executable, "-c", CODE, rule]
    try:
        ran = subprocess.run(command, cwd=HOME, check=True, capture_output=True, text=True, timeout=LONGEST)
        return float(ran.stdout)
    except subprocess.TimeoutExpired:
        return None
