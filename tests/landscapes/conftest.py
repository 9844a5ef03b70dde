"""What the laws of landscapes are checked on: every member, at default and other knob values."""

from dataclasses import fields

import equinox as eqx
import jax
import numpy as np
import pytest

from landscapes import LANDSCAPES

POINTS = 128  # evaluated together: one compilation a landscape


@pytest.fixture(params=LANDSCAPES)
def key(request):
    return request.param


@pytest.fixture
def landscape(key):
    return LANDSCAPES[key]


@pytest.fixture(scope="session")
def knobs():
    """The declared knobs of a landscape: name to metadata (low, high, scale, help) and default."""
    return lambda landscape: {
        f.name: dict(f.metadata, default=f.default) for f in fields(landscape) if "low" in f.metadata
    }


@pytest.fixture(scope="session")
def variations(knobs):
    """The default, all knobs at either end, and `count` random settings (seeded by the title)."""

    def vary(landscape, count):
        declared = knobs(landscape)
        if not declared:
            return [landscape]
        random = np.random.default_rng(list(landscape.title.encode()))
        draw = lambda: {name: random.uniform(knob["low"], knob["high"]) for name, knob in declared.items()}
        ends = [{name: knob[end] for name, knob in declared.items()} for end in ("low", "high")]
        return [landscape, *(type(landscape)(**values) for values in (*ends, *(draw() for _ in range(count))))]

    return vary


@pytest.fixture(scope="session")
def derivatives():
    """Loss, gradient and Hessian of a landscape at points `(n, 2)`, in float64."""

    def differentiate(landscape, points):
        points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        padded = np.concatenate([points, np.broadcast_to(landscape.start, (POINTS - len(points), 2))])
        with jax.enable_x64(True):
            return tuple(np.asarray(values)[: len(points)] for values in _derivatives(landscape, padded))

    return differentiate


@eqx.filter_jit
def _derivatives(landscape, points):
    one = lambda point: (landscape.loss(point), jax.grad(landscape.loss)(point), jax.hessian(landscape.loss)(point))
    return jax.vmap(one)(points)
