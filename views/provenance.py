"""How a picture was made, for its caption."""

import functools
from collections.abc import Mapping
from importlib.metadata import version

from views import __version__

RECIPE = ("seed", "loss", "folder", "at")
PARTS = (("JAX", "jax"), ("optax", "optax"), ("plotly", "plotly"))


@functools.cache
def versions() -> str:
    """Thalweg and what it computes and draws with."""
    return ", ".join([f"Thalweg {__version__}", *(f"{name} {version(package)}" for name, package in PARTS)])


def recipe(told: Mapping[str, object]) -> str:
    """What a file says of how it was made, for a caption: its command, or else what it was made from."""
    return "; ".join(f"{name}: {told[name]}" for name in (("command",) if "command" in told else RECIPE) if name in told)


def made(seed: int | None = None, *more: str) -> str:
    """A sentence for under a picture."""
    seeded = [] if seed is None else [f"seed {seed}"]
    return f"{'; '.join([f'Made with {versions()}', *seeded, *more])}."
