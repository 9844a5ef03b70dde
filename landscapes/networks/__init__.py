"""Networks: losses with many parameters, on real data. `NETWORKS` and `DATA` are in menu order."""

from landscapes.networks.architecture import Architecture, build, parameter_count
from landscapes.networks.data import Dataset, Source, Split, load
from landscapes.networks.layers import ACTIVATIONS
from landscapes.networks.network import BATCHNORMS, LOSSES, Network
from landscapes.networks.presets import NETWORKS, Preset, make_network
from landscapes.networks.probes import Boundary, Worst, confusion, decision_boundary, first_layer, worst
from landscapes.networks.sources import DATA

__all__ = [
    "ACTIVATIONS",
    "BATCHNORMS",
    "DATA",
    "LOSSES",
    "NETWORKS",
    "Architecture",
    "Boundary",
    "Dataset",
    "Network",
    "Preset",
    "Source",
    "Split",
    "Worst",
    "build",
    "confusion",
    "decision_boundary",
    "first_layer",
    "load",
    "make_network",
    "parameter_count",
    "worst",
]
