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
from landscapes.curvature.thresholds import THRESHOLDS, Threshold, adam_preconditioner

__all__ = [
    "THRESHOLDS",
    "Eigenpairs",
    "SharpnessAlong",
    "Spectrum",
    "Threshold",
    "Trace",
    "adam_preconditioner",
    "leading_eigenpairs",
    "sharpness",
    "sharpness_along",
    "slice_hessian",
    "spectral_density",
    "trace",
]
