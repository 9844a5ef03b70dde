"""Models of a loss of two parameters around a point: the tangent plane and the quadratic bowl, and the steps they propose."""

from dataclasses import dataclass

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

from landscapes.local_view import Loss, local_views

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
    if not (np.isfinite(radius) and radius > 0):
        raise ValueError(f"A radius of trust is a finite length above 0, got {radius!r}.")
    views = local_views(loss, points, 0.0)
    gradient, hessian = views.gradient, views.hessian
    values, vectors = _eigen(hessian)
    with np.errstate(all="ignore"):
        length = np.linalg.norm(gradient, axis=1, keepdims=True)
        downhill = np.where(length > 0, -radius * gradient / length, 0.0)
        steps = np.stack([downhill, views.bottom - views.points, trust_steps(gradient, hessian, radius)])
        along = np.einsum("kpi,pi->kp", steps, gradient)
        bent = np.einsum("kpi,pij,kpj->kp", steps, hessian, steps) / 2
    bent[STEPS.index("plane")] = 0.0
    with jax.enable_x64(True):
        true = np.array(_losses(loss, np.asarray(views.points + steps)))
    return LocalModels(views.points, float(radius), views.loss, gradient, hessian, values, vectors, steps, views.loss + along + bent, true)


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


@eqx.filter_jit
def _losses(loss, points: Float[np.ndarray, "k points 2"]):
    return jax.vmap(jax.vmap(loss))(points)
