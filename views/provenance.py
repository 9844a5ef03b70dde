"""How a picture was made, for its caption."""

import functools
from importlib.metadata import version

from views import __version__

PARTS = (("JAX", "jax"), ("optax", "optax"), ("plotly", "plotly"))


@functools.cache
def versions() -> str:
    """Thalweg and what it computes and draws with."""
    return ", ".join([f"Thalweg {__version__}", *(f"{name} {version(package)}" for name, package in PARTS)])


def made(seed: int | None = None) -> str:
    """A sentence for under a picture."""
    return f"Made with {versions()}{'' if seed is None else f'; seed {seed}'}."
