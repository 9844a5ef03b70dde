"""The machine that the figures are of, and how busy it was."""

import os
import platform
import subprocess
from importlib.metadata import version

from tests.benchmarks.browser import executable

PACKAGES = ("streamlit", "plotly", "jax", "optax", "numpy")


def describe(before: tuple[float, ...], after: tuple[float, ...]) -> str:
    """One paragraph. `before` and `after` are load averages over 1, 5 and 15 minutes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured on {_processor()}, {cores} cores, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, {packages}, {_browser()}. "
        f"Load before {before[0]:.1f}, after {after[0]:.1f} (the run's own work is in it). "
        "Unless said otherwise: four optimizers, 300 steps, a 128 x 128 surface, warm."
    )


def load() -> tuple[float, ...]:
    return os.getloadavg()


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.machine()


def _browser() -> str:
    path = executable()
    if path is None:
        return "no Chromium"
    return subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
