"""Results by recipe, shared by all visitors: each is computed once, however many ask."""

import threading
from collections.abc import Callable, Generator, Hashable
from concurrent.futures import Future
from contextlib import suppress
from typing import Generic, TypeVar

from landscapes.compiling import NotCompiled, compiling_is_forbidden, hold_programs_in
from views.budget import BUDGET, Budget, Programs
from views.tasks import Pause

LOOK_EVERY = 0.02  # seconds between two looks at what another computes in pieces
Result = TypeVar("Result")

_thread = threading.local()


def awaited() -> bool:
    """Whether another thread waits for a result that this one is computing for a cache."""
    return any(mine.awaited for mine in getattr(_thread, "computing", ()))


class _Pending(Future):
    """A result on its way, whether somebody waits for it, and whether it is quick: its thread must not compile."""

    awaited = False

    def __init__(self):
        super().__init__()
        self.is_quick = compiling_is_forbidden()


class Cache(Generic[Result]):
    """Results of one kind, kept in the memory of all visitors for as long as there is room: see `views.budget`.

    Recipes being computed hold a future, so a second visitor waits for the first one's result instead of
    computing it again; a failure is handed to everybody who waited, and is not kept.

    Args:
        kind: its name, which no other has.
        size: the bytes of a result.
    """

    def __init__(self, kind: str, size: Callable[[Result], int], budget: Budget = BUDGET):
        self._kind, self._size, self._budget = kind, size, budget
        self._pending: dict[Hashable, _Pending] = {}
        self._growing: set[Hashable] = set()
        self._lock = threading.Lock()

    def __contains__(self, recipe: Hashable) -> bool:
        return self._budget.has(self._kind, recipe)

    def peek(self, recipe: Hashable) -> Result | None:
        """The result where it is there; nobody waits for it."""
        return self._budget.get(self._kind, recipe)

    def put(self, recipe: Hashable, result: Result) -> None:
        """Keep a result that came about in another way."""
        if recipe not in self:
            self._budget.put(self._kind, recipe, result, self._size(result))

    @property
    def bytes(self) -> int:
        return self._budget.of_kind(self._kind)

    def get(self, recipe: Hashable, compute: Callable[[], Result]) -> Result:
        """The result; where nobody has asked before, what `compute` returns."""
        while True:
            with self._lock:
                if (known := self.peek(recipe)) is not None:
                    return known
                pending = self._pending.get(recipe)
                if pending is not None and not pending.is_quick and compiling_is_forbidden():
                    raise NotCompiled("what another thread computes")  # nor must this one wait for it
                if pending is None:
                    mine = self._pending[recipe] = _Pending()
                else:
                    pending.awaited = True
            if pending is None:
                return self._compute(recipe, compute, mine)
            with suppress(NotCompiled):  # the other one must not compile, which this one may
                return pending.result()

    def computed(self, recipe: Hashable, compute: Callable[[], Generator]) -> Generator:
        """The result; where nobody has asked before, what comes of the generator, piece by piece.

        Who asks meanwhile pauses, and goes on with it where the other one is ended.
        """
        while (known := self.peek(recipe)) is None and not self._begin(recipe):
            yield Pause(LOOK_EVERY)
        if known is not None:
            return known
        try:
            result = yield from compute()
            self.put(recipe, result)
            return result
        finally:
            with self._lock:
                self._growing.discard(recipe)

    def _begin(self, recipe: Hashable) -> bool:
        """Whether nobody computes this in pieces; now somebody does."""
        with self._lock:
            is_free = recipe not in self._growing
            self._growing.add(recipe)
            return is_free

    def _compute(self, recipe: Hashable, compute: Callable[[], Result], mine: _Pending) -> Result:
        computing = _thread.__dict__.setdefault("computing", [])
        computing.append(mine)
        try:
            result = compute()
            self.put(recipe, result)
        except BaseException as error:
            with self._lock:
                del self._pending[recipe]
            mine.set_exception(error)
            raise
        finally:
            computing.remove(mine)
        with self._lock:
            del self._pending[recipe]
        mine.set_result(result)
        return result


# Programs are a part of the same memory.
hold_programs_in(Programs())
