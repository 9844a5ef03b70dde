"""Models of a loss of two parameters around a point: the tangent plane and the quadratic bowl, and the steps they propose."""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float

from landscapes.compiling import brisk_jit, jit
from landscapes.curvature import slice_hessian
from landscapes.local_view import Loss, local_views
from landscapes.plane import Plane
from landscapes.slices import losses_at

HALVINGS = 200  # of the interval of the shift: it may end within 1e-40 of a pole
STEPS = ("plane", "newton", "trust")  # in this order along the first axis of steps


@dataclass(frozen=True)
class LocalModels:
    """What is known of a loss at many points x, and what follows from it; arrays are read-only.

    The plane is l(s) = f + g.s, the bowl q(s) = f + g.s + s.H s / 2, with f, g, H the loss, gradient and Hessian at x.
    `steps` are, in the order of `STEPS`: down the plane to the edge of the disc |s| <= radius, Newton's -H^-1 g to the
    bowl's stationary point (NaN where H is singular), and the minimum of q in the disc. `predicted` is what the step's
    own model says the loss is there, `true` what it is. `eigenvectors[p, :, i]` belongs to `eigenvalues[p, i]`, ascending.
    """

    points: Float[np.ndarray, "points 2"]
    radius: float
    loss: Float[np.ndarray, "points"]
    gradient: Float[np.ndarray, "points 2"]
    hessian: Float[np.ndarray, "points 2 2"]
    eigenvalues: Float[np.ndarray, "points 2"]
    eigenvectors: Float[np.ndarray, "points 2 2"]
    steps: Float[np.ndarray, "3 points 2"]
    predicted: Float[np.ndarray, "3 points"]
    true: Float[np.ndarray, "3 points"]

    def __post_init__(self):
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def ratio(self) -> Float[np.ndarray, "3 points"]:
        """The true fall over the predicted one: 1 for a model that is right, below 0 where the loss rises instead."""
        with np.errstate(all="ignore"):
            return (self.loss - self.true) / (self.loss - self.predicted)


def local_models(loss: Loss, points: Float[np.ndarray, "points 2"], radius: float) -> LocalModels:
    """Models of `loss` at every one of `points`, in float64, all in one batch.

    `radius`, in the units of the parameters, is how far the bowl is trusted. Nocedal & Wright 2006 (Numerical
    Optimization), equations 4.1 to 4.5. Raises ValueError for points that are not finite pairs and a radius that is not above 0.
    """
    _check_radius(radius)
    views = local_views(loss, points, 0.0)

    def losses(places):
        with jax.enable_x64(True):
            return np.array(_losses(loss, places))

    return _modelled(views.points, views.loss, views.gradient, views.hessian, radius, losses)


def slice_models(loss: Callable, plane: Plane, coordinates: Float[np.ndarray, "points 2"], radius: float) -> LocalModels:
    """`local_models` of the slice of a loss by `plane`, f(c) = loss(origin + D c), at `coordinates` in the plane.

    g = D^T grad and H = D^T (Hessian) D there; the radius is a length in plane coordinates. In the precision of the
    plane, point by point, since parameters may be many.
    """
    _check_radius(radius)
    found = [_sliced(loss, plane, place) for place in np.asarray(coordinates, plane.dtype)]
    values, gradient, hessian = (np.array(part, np.float64) for part in zip(*found))
    losses = lambda places: losses_at(loss, plane, places.reshape(-1, 2)).reshape(places.shape[:-1]).astype(np.float64)
    return _modelled(np.array(coordinates, np.float64), values, gradient, hessian, radius, losses)


def _sliced(loss: Callable, plane: Plane, place: Float[np.ndarray, "2"]):
    point = jax.tree.map(np.asarray, plane.embed(place))
    with jax.enable_x64(plane.dtype == np.float64):
        return *_slope(loss, point, plane.directions), slice_hessian(loss, point, plane.directions)


@brisk_jit
def _slope(loss, point, directions):
    value, gradient = jax.value_and_grad(loss)(point)
    return value, jnp.stack([optax.tree.vdot(direction, gradient) for direction in directions])


def _check_radius(radius: float) -> None:
    if not (np.isfinite(radius) and radius > 0):
        raise ValueError(f"A radius of trust is a finite length above 0, got {radius!r}.")


def _modelled(points, loss, gradient, hessian, radius: float, losses: Callable) -> LocalModels:
    values, vectors = _eigen(hessian)
    with np.errstate(all="ignore"):
        length = np.linalg.norm(gradient, axis=1, keepdims=True)
        downhill = np.where(length > 0, -radius * gradient / length, 0.0)
        steps = np.stack([downhill, _newton(gradient, hessian), trust_steps(gradient, hessian, radius)])
        along = np.einsum("kpi,pi->kp", steps, gradient)
        bent = np.einsum("kpi,pij,kpj->kp", steps, hessian, steps) / 2
    bent[STEPS.index("plane")] = 0.0
    return LocalModels(points, float(radius), loss, gradient, hessian, values, vectors, steps, loss + along + bent, losses(points + steps))


def _newton(gradient: Float[np.ndarray, "points 2"], hessian: Float[np.ndarray, "points 2 2"]) -> Float[np.ndarray, "points 2"]:
    """-H^-1 g by Cramer's rule; NaN where the determinant is 0."""
    (a, b), (_, c) = np.moveaxis(hessian, 0, -1)
    g, h = gradient.T
    determinant = a * c - b * b
    return np.stack([b * h - c * g, b * g - a * h], axis=1) / np.where(determinant == 0, np.nan, determinant)[:, None]


def trust_steps(
    gradient: Float[np.ndarray, "points 2"], hessian: Float[np.ndarray, "points 2 2"], radius: float
) -> Float[np.ndarray, "points 2"]:
    """The step s that minimises g.s + s.H s / 2 over |s| <= radius, exactly, also where H bends downwards.

    With H's eigenvalues l1 <= l2 and g in its eigenvectors, s = -g / (l + mu) for the mu >= max(0, -l1) at which it is
    as long as the radius, or 0; in the hard case (no slope along the first) what is missing in length lies along that
    one. More & Sorensen 1983 (Computing a Trust Region Step), section 3. NaN where anything is not finite.
    """
    values, vectors = _eigen(hessian)
    slopes = np.einsum("pij,pi->pj", vectors, gradient)
    # t = l1 + mu, so that nothing cancels near the pole at t = 0.
    above = values - values[:, :1]
    low = np.maximum(values[:, 0], 0.0)
    with np.errstate(all="ignore"):
        long = lambda t: np.linalg.norm(_over(slopes, above + t[:, None]), axis=1)
        fits = ~(long(low) > radius)
        short, far = low.copy(), low + np.linalg.norm(slopes, axis=1) / radius
        for _ in range(HALVINGS):
            middle = (short + far) / 2
            outside = long(middle) > radius
            short, far = np.where(outside, middle, short), np.where(outside, far, middle)
        steps = -_over(slopes, above + np.where(fits, low, far)[:, None])
        hard = fits & (values[:, 0] < 0)
        missing = np.sqrt(np.maximum(radius**2 - steps[:, 1] ** 2, 0.0))
    steps[:, 0] = np.where(hard, missing, steps[:, 0])
    return np.einsum("pij,pj->pi", vectors, steps)


def _over(slopes, curvatures):
    """slopes / curvatures; 0 where there is no slope."""
    return np.where(slopes == 0, 0.0, slopes / curvatures)


def _eigen(matrices: Float[np.ndarray, "points 2 2"]):
    fine = np.isfinite(matrices).all(axis=(1, 2))
    values, vectors = np.linalg.eigh(np.where(fine[:, None, None], matrices, 0.0))
    return np.where(fine[:, None], values, np.nan), vectors


@jit
def _losses(loss, points: Float[np.ndarray, "k points 2"]):
    return jax.vmap(jax.vmap(loss))(points)
