"""Curvature of a loss at a point of any number of dimensions, from Hessian-vector products only."""

from landscapes.curvature.eigenpairs import Eigenpairs, leading_eigenpairs, sharpness
from landscapes.curvature.hessian import slice_hessian

__all__ = ["Eigenpairs", "leading_eigenpairs", "sharpness", "slice_hessian"]
