"""Files: scenes of a plane, a surface and paths, and the grids and checkpoints of other tools. Safe for strangers' files."""

from landscapes.files.grids import load, paths_csv, save_npz, surface_csv, surface_vtk
from landscapes.files.scene import Scene, load_scene, save_scene

__all__ = ["Scene", "load", "load_scene", "paths_csv", "save_npz", "save_scene", "surface_csv", "surface_vtk"]
