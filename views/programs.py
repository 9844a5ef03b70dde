"""Which programs this process has compiled for Explore. Those of strangers' formulas are bounded in number."""

import threading
from collections.abc import Hashable

from landscapes import slices, stationary
from optimizers import loop
from optimizers.stability import hessians
from views.settings import OwnFormula, program

MOST_OF_FORMULAS = 96  # each holds about 2.5 megabytes; a formula with four optimizers has six
SHARED = (
    loop.begin, loop.go_on, loop.begin_lanes, loop.go_on_lanes, loop.arrive, loop.spend, loop.losses,
    slices._together, stationary._losses_and_gradients, hessians,
)  # fmt: skip

_lock = threading.Lock()
_compiled: set[tuple] = set()
_of_formulas = 0


def compiled(landscape: str | OwnFormula, *kind: Hashable) -> bool:
    """Whether nothing of this kind is left to be compiled for a landscape, which takes long enough to be seen."""
    return (program(landscape), *kind) in _compiled


def note(landscape: str | OwnFormula, *kind: Hashable) -> None:
    """Something of this kind has been compiled. JAX forgets no single program, so one formula too many ends them all."""
    global _of_formulas
    with _lock:
        if (entry := (program(landscape), *kind)) in _compiled:
            return
        _compiled.add(entry)
        _of_formulas += isinstance(landscape, OwnFormula)
        if _of_formulas > MOST_OF_FORMULAS:
            for jitted in SHARED:
                jitted._cached.clear_cache()
            _compiled.clear()
            _of_formulas = 0
