"""Minima of landscapes without a closed form: Newton's method in float64, from guesses."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from landscapes.landscape import Landscape, Minimum, ranked

ITERATIONS = 40  # quadratic convergence needs about 6; the rest is for guesses that are far


def minima_near(landscape: Landscape, guesses: Float[np.ndarray, "guesses 2"]) -> tuple[Minimum, ...]:
    """The minima in the window that Newton's method finds from `guesses` (parameter space), each once.

    A guess that ends on a saddle, outside the window or nowhere is dropped, so guessing too much is safe.
    """
    with jax.enable_x64(True):
        points, values, steps, curvatures = map(np.asarray, _newton(landscape, np.asarray(guesses, dtype=np.float64)))
    low, high = np.transpose(landscape.window)
    inside = ((low <= points) & (points <= high)).all(axis=1)
    kept = inside & (steps < 1e-6 * (high - low).max()) & (curvatures > 0)
    return ranked(_each_once(points[kept], values[kept], 1e-5 * (high - low).max()))


def _each_once(points, values, apart):
    found = []
    for point, value in zip(points, values):
        if all(np.linalg.norm(point - other) > apart for other, _ in found):
            found.append((tuple(point), value))
    return found


@eqx.filter_jit
def _newton(landscape, guesses):
    def step(point):
        curvatures, basis = jnp.linalg.eigh(jax.hessian(landscape.loss)(point))
        # The absolute value turns an uphill step into a downhill one: saddles repel.
        safe = jnp.maximum(jnp.abs(curvatures), 1e-12)
        return -basis @ (basis.T @ jax.grad(landscape.loss)(point) / safe), curvatures[0]

    def run(point):
        move = lambda _, carry: (carry[0] + step(carry[0])[0],)
        (point,) = jax.lax.fori_loop(0, ITERATIONS, move, (point,))
        last, curvature = step(point)
        return point, landscape.loss(point), jnp.linalg.norm(last), curvature

    return jax.vmap(run)(guesses)
