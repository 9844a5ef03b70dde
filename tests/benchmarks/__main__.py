"""`python -m tests.benchmarks [NAME...] [--json FILE] [--minutes M]` measures; without a name, everything."""

import argparse
import importlib
import sys
import time
import traceback
from pathlib import Path

from tests.benchmarks import machine
from tests.benchmarks.report import Row, markdown, save

# Each is a module with `measure`. The quiet ones come first: what follows warms the processor.
GROUPS = ("library", "insight", "files", "networks", "start", "server", "drag", "learn", "click", "formula", "cold", "classroom", "load")
OF_MINUTES = ("classroom", "load")
IN_A_BROWSER = ("start", "drag", "learn", "click", "formula", "cold")


def main() -> None:
    options = _options()
    before, rows, failed = machine.load(), [], []
    for name in options.groups or GROUPS:
        try:
            rows += _measured(name, options)
        except Exception:  # minutes of other figures must not be lost with it
            traceback.print_exc()
            failed.append(name)
    about = machine.describe(before, machine.load())
    print(markdown(rows, about))
    if options.json:
        save(rows, about, options.json)
    if failed:
        sys.exit(f"Not measured, because of the errors above: {', '.join(failed)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measures the speed of Thalweg.")
    parser.add_argument("groups", nargs="*", metavar="NAME", help=f"only these: {', '.join(GROUPS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--minutes", type=float, default=None, help="of each lesson (default: 1; 10 for classroom alone)")
    options = parser.parse_args()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"there is no group {', '.join(sorted(unknown))}; there is {', '.join(GROUPS)}")
    if options.minutes is None:
        options.minutes = 10.0 if options.groups == ["classroom"] else 1.0
    return options


def _measured(name: str, options: argparse.Namespace) -> list[Row]:
    if name in IN_A_BROWSER and machine.executable() is None:
        print(f"{name}: no Chromium here, not measured", file=sys.stderr)
        return []
    started = time.monotonic()
    module = importlib.import_module(f"tests.benchmarks.{name}")
    rows = list(module.measure(options.minutes) if name in OF_MINUTES else module.measure())
    print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return rows


if __name__ == "__main__":
    main()
