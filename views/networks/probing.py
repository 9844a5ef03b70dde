"""Probes: what a network answers at steps along its run, packed for the stage."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import numpy as np

from landscapes.networks import Network, confusion, decision_boundary, first_layer, worst
from landscapes.pieces import Pieces
from optimizers import Run
from views import wire

STEPS = 31
CELLS = 48  # along each side of a decision boundary
ROOM = 0.12  # around the data, of its extent
WORST = 12
NEURONS = 32  # of the first layer, that are shown


class Probes(NamedTuple):
    """What the stage is told about a blob of probes."""

    blob: wire.Blob
    kind: str
    classes: tuple[str, ...]
    window: tuple
    axes: tuple[str, ...]
    indexed: bool

    def told(self) -> dict:
        return {**self._asdict(), "blob": self.blob.address()}


def kind_of(network: Network) -> str | None:
    """boundary, images or table; None where there are no classes."""
    if not network.class_names:
        return None
    if network.inputs.shape[1:] == (2,):
        return "boundary"
    return "images" if network.image_shape else "table"


def probe(run: Run, planned: int, train: Network, test: Network) -> Pieces[dict[str, np.ndarray]]:
    """Arrays of one run, a row for each of the probed steps."""
    look, rows = _LOOKS[kind_of(train)], []
    probed = probed_steps(planned)
    for number, step in enumerate(probed):
        yield number / len(probed)
        row = max(0, int(np.searchsorted(run.kept, step, side="right")) - 1)
        rows.append(look(train, test, jax.tree.map(lambda leaf: leaf[row], run.positions)))
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def probed_steps(planned: int) -> np.ndarray:
    return np.unique(np.linspace(0, planned, STEPS).round().astype(np.int32))


def packed(arrays: Mapping[int, dict], planned: int, train: Network, test: Network) -> Probes:
    """The probes of the runs with these places among the cards."""
    tensors = {f"{name}.{place}": array for place, of_run in arrays.items() for name, array in of_run.items()}
    kind = kind_of(train)
    if kind == "boundary":
        tensors |= {"points": np.asarray(train.inputs), "labels": np.asarray(train.targets)}
    elif kind == "images":
        tensors |= _images(tensors, arrays, test)
    packed = wire.pack({"steps": probed_steps(planned), **tensors})
    window = _window(train) if kind == "boundary" else ()
    axes = train.feature_names if len(train.feature_names) == 2 else ("first input", "second input")
    return Probes(wire.Blob.publish(packed), kind, train.class_names, window, axes, len(train.class_names) > 2)


def _boundary(train: Network, test: Network, parameters) -> dict:
    answer = decision_boundary(train, parameters, _window(train), CELLS)
    if len(train.class_names) > 2:
        return {"boundary": np.asarray(answer.classes, np.uint8)}
    return {"boundary": np.nan_to_num(255 * np.asarray(answer.probabilities)[..., 1]).round().astype(np.uint8)}


def _table(train: Network, test: Network, parameters) -> dict:
    return {"confusion": np.asarray(confusion(test, parameters), np.int32)}


def _pictures(train: Network, test: Network, parameters) -> dict:
    found = worst(test, parameters, WORST)
    weights = np.asarray(first_layer(train, parameters))[:NEURONS]
    largest = np.abs(weights).max() or 1.0
    return {
        **_table(train, test, parameters),
        "worst": np.asarray(found.indices, np.int32),
        "guess": np.asarray(found.answers, np.int32),
        "weights": np.nan_to_num(127 * weights / largest).round().astype(np.int8),
    }


_LOOKS = {"boundary": _boundary, "images": _pictures, "table": _table}


def _images(tensors: Mapping[str, np.ndarray], arrays: Mapping[int, dict], test: Network) -> dict:
    """The images that some run gets worst at some step, and where they lie among these."""
    chosen = np.unique(np.concatenate([of_run["worst"].ravel() for of_run in arrays.values()]))
    places = {f"worst.{place}": np.searchsorted(chosen, of_run["worst"]) for place, of_run in arrays.items()}
    pixels = np.asarray(test.inputs).reshape(len(test.inputs), *test.image_shape)[chosen]
    low, high = pixels.min(), pixels.max()
    grey = (255 * (pixels - low) / max(high - low, 1e-9)).round().astype(np.uint8)
    return {**places, "images": grey, "truth": np.asarray(test.targets)[chosen]}


def _window(network: Network) -> tuple:
    low, high = (bound(np.asarray(network.inputs), axis=0) for bound in (np.min, np.max))
    room = ROOM * (high - low)
    return tuple((float(a), float(b)) for a, b in zip(low - room, high + room))
