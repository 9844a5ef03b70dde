"""The curves beside the picture: what the stage draws along the steps."""

import numpy as np

from views.networks.results import Findings
from views.networks.settings import NetworkSettings


def curves(settings: NetworkSettings, found: Findings) -> tuple[list[dict], dict[str, np.ndarray]]:
    """Charts for the wire, and the tensors that their lines name."""
    return [], {}
