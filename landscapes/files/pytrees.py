"""Parameters in files: numbered leaves, and an outline of how they hang together."""

import math

import jax
import numpy as np
from jaxtyping import PyTree

DEEPEST = 24  # levels of what is said of a file


def leaves_of(point: PyTree) -> dict[str, np.ndarray]:
    """The leaves by number; numbers of 16 bits that NumPy has not become float32, which holds them exactly."""
    leaves = map(np.asarray, jax.tree.leaves(point))
    return {str(number): leaf.astype(np.float32) if leaf.dtype.kind == "V" else leaf for number, leaf in enumerate(leaves)}


def outline(point: PyTree) -> dict:
    """The structure in JSON's types, with the number of a leaf where it stands.

    Dicts with keys of text, lists and tuples come back as they were; anything else as a dict of its fields.
    """
    leaves, structure = jax.tree.flatten(point)
    return _outline(structure.unflatten(range(len(leaves))))


def rebuilt(node: dict, leaves: list[np.ndarray]) -> PyTree:
    """What `outline` told of, with its leaves. Raises ValueError where the outline is none or a leaf is left over."""
    unused = set(range(len(leaves)))
    tree = _rebuilt(node, leaves, unused)
    if unused:
        raise ValueError("The parameters of this scene do not fit their structure.")
    return tree


def is_plain(value, deepest: int = DEEPEST) -> bool:
    """Whether what JSON said can be written again, and shown: finite numbers, and no more than so many levels."""
    if isinstance(value, dict | list):
        return deepest > 0 and all(is_plain(each, deepest - 1) for each in (value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or math.isfinite(value)


def _outline(node) -> dict:
    if type(node) is int:
        return {"leaf": node}
    if type(node) in (list, tuple):
        return {type(node).__name__: [_outline(child) for child in node]}
    children, _ = jax.tree_util.tree_flatten_with_path(node, is_leaf=lambda child: child is not node)
    names = list(getattr(node, "_fields", ())) or [_name(path) for path, _ in children]
    return {"dict": [[name, _outline(child)] for name, (_, child) in zip(names, children, strict=True)]}


def _name(path: tuple) -> str:
    return str(next((getattr(path[0], each) for each in ("key", "name", "idx") if hasattr(path[0], each)), path[0]))


def _rebuilt(node: dict, leaves: list[np.ndarray], unused: set[int]) -> PyTree:
    kind, inside = next(iter(node.items())) if isinstance(node, dict) and len(node) == 1 else ("", None)
    if kind == "leaf" and type(inside) is int and inside in unused:
        unused.remove(inside)
        return leaves[inside]
    if kind == "dict" and isinstance(inside, list) and all(isinstance(each, list) and len(each) == 2 for each in inside):
        return {str(name): _rebuilt(child, leaves, unused) for name, child in inside}
    if kind in ("list", "tuple") and isinstance(inside, list):
        return {"list": list, "tuple": tuple}[kind](_rebuilt(child, leaves, unused) for child in inside)
    raise ValueError("The parameters of this scene do not fit their structure.")
