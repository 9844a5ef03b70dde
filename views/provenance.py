"""How a picture was made, for its caption."""

import functools
from importlib.metadata import version

from views import __version__

PARTS = (("JAX", "jax"), ("optax", "optax"), ("plotly", "plotly"))


@functools.cache
def versions() -> str:
    """Thalweg and what it computes and draws with."""
    return ", ".join([f"Thalweg {__version__}", *(f"{name} {version(package)}" for name, package in PARTS)])


def made(seed: int | None = None, *more: str) -> str:
    """A sentence for under a picture."""
    seeded = [] if seed is None else [f"seed {seed}"]
    return f"{'; '.join([f'Made with {versions()}', *seeded, *more])}."
