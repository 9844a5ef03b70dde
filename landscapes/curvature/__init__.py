"""Curvature of a loss at a point of any number of dimensions, from Hessian-vector products only."""

from landscapes.curvature.eigenpairs import (
    Eigenpairs,
    SharpnessAlong,
    leading_eigenpairs,
    sharpness,
    sharpness_along,
)
from landscapes.curvature.hessian import slice_hessian
from landscapes.curvature.random_vectors import Spectrum, Trace, spectral_density, trace

__all__ = [
    "Eigenpairs",
    "SharpnessAlong",
    "Spectrum",
    "Trace",
    "leading_eigenpairs",
    "sharpness",
    "sharpness_along",
    "slice_hessian",
    "spectral_density",
    "trace",
]
