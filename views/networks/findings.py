"""What a network page shows, piece by piece as it is found. Everything is immutable and shared by all visitors."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from landscapes import Plane, Surface, TrustReport
from views import wire
from views.networks.probing import Probes
from views.networks.tracks import Track
from views.relief import Heights


@dataclass(frozen=True)
class Laid:
    """A plane with the names of its axes, and a sentence where it is not the one asked for."""

    plane: Plane
    axes: tuple[str, str]
    start: tuple[float, float]
    note: str = ""


@dataclass(frozen=True)
class Ground:
    """The surface over a plane, as fine as it is known; `whole` when it will become no finer."""

    surface: Surface
    blob: wire.Blob
    whole: bool

    @classmethod
    def of(cls, surface: Surface, whole: bool) -> "Ground":
        packed = wire.pack({"x": surface.x, "y": surface.y, "loss": surface.loss})
        return cls(surface, wire.Blob.publish(packed), whole)

    def heights(self, tracks: Mapping[str, Track]) -> Heights:
        """How the losses become heights; those that the paths reach may lie below the surface."""
        lowest = (np.nanmin(track.losses, initial=np.inf) for track in tracks.values())
        return Heights(self.surface.loss, tuple(float(loss) for loss in lowest if np.isfinite(loss)))


@dataclass(frozen=True)
class Scores:
    """Losses and accuracies on training and test data at some `steps` of a run; NaN accuracies for a regression.

    `decay` is what weight decay adds to the training loss that the optimizer descends.
    """

    steps: np.ndarray
    train_loss: np.ndarray
    test_loss: np.ndarray
    train_accuracy: np.ndarray
    test_accuracy: np.ndarray
    decay: np.ndarray


@dataclass(frozen=True)
class Sharpness:
    """The largest eigenvalue of the Hessian at some `steps`, NaN until it is known, and the largest that is stable.

    `preconditioned`: of P^-1 H, where the optimizer divides by P. `stable` is the largest stable rate there, None for rules
    without a known one; `turns` and `growth` are how the run swings in that direction. `share` of them is known.
    """

    steps: np.ndarray
    values: np.ndarray
    limit: float | None
    name: str
    preconditioned: bool
    stable: np.ndarray | None = None
    turns: np.ndarray | None = None
    growth: np.ndarray | None = None
    share: float = 1.0

    @property
    def last(self) -> float:
        return float(self.values[-1])


@dataclass(frozen=True)
class Fan:
    """The final losses of every stop of a rail, and their runs on the plane, packed."""

    finals: np.ndarray
    blob: wire.Blob

    def address(self) -> str:
        return self.blob.address()


@dataclass(frozen=True)
class Activity:
    """What is being computed, in words; `share` of it is done. `job`: it can be paused and cancelled."""

    text: str
    share: float = 0.0
    paused: bool = False
    job: bool = True


@dataclass(frozen=True)
class Findings:
    """What there is so far, by the optimizer's key where it belongs to one. `over`: no more will come."""

    laid: Laid | None = None
    ground: Ground | None = None
    tracks: Mapping[str, Track] = field(default_factory=dict)
    scores: Mapping[str, Scores] = field(default_factory=dict)
    sharpness: Mapping[str, Sharpness] = field(default_factory=dict)
    probes: Probes | None = None
    trust: TrustReport | None = None
    fans: Mapping[str, Fan] = field(default_factory=dict)
    activity: Activity | None = None
    problem: str = ""
    over: bool = False
