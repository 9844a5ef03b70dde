"""Files: scenes of a plane, a surface and paths, and the grids and checkpoints of other tools. Safe for strangers' files."""

from landscapes.files.checkpoints import Checkpoints, read_checkpoints, scene_of
from landscapes.files.grids import load, paths_csv, save_npz, surface_csv, surface_vtk
from landscapes.files.scene import Scene, load_scene, save_scene
from landscapes.files.source import Bounds
from landscapes.files.target import NotWritten

__all__ = [
    "Bounds",
    "Checkpoints",
    "NotWritten",
    "Scene",
    "load",
    "load_scene",
    "paths_csv",
    "read_checkpoints",
    "save_npz",
    "save_scene",
    "scene_of",
    "surface_csv",
    "surface_vtk",
]
