"""A bounded memory of results by recipe, shared by all visitors: each is computed once, however many ask."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from landscapes.compiling import NotCompiled, compiling_is_forbidden

Result = TypeVar("Result")

_thread = threading.local()


def awaited() -> bool:
    """Whether another thread waits for a result that this one is computing for a cache."""
    return any(mine.awaited for mine in getattr(_thread, "computing", ()))


class _Pending(Future):
    """A result on its way, and whether somebody waits for it."""

    awaited = False


class Cache(Generic[Result]):
    """The least recently used results go first when their sizes sum to more than `limit` bytes.

    Recipes being computed hold a future, so a second visitor waits for the first one's result instead of
    computing it again; a failure is handed to everybody who waited, and is not kept.
    """

    def __init__(self, limit: int, size: Callable[[Result], int]):
        self._limit, self._size = limit, size
        self._results: OrderedDict[Hashable, tuple[Result, int]] = OrderedDict()
        self._pending: dict[Hashable, _Pending] = {}
        self._lock = threading.Lock()
        self.bytes = 0

    def __contains__(self, recipe: Hashable) -> bool:
        with self._lock:
            return recipe in self._results

    def peek(self, recipe: Hashable) -> Result | None:
        """The result where it is there; nobody waits for it."""
        with self._lock:
            if recipe not in self._results:
                return None
            self._results.move_to_end(recipe)
            return self._results[recipe][0]

    def put(self, recipe: Hashable, result: Result) -> None:
        """Keep a result that came about in another way."""
        with self._lock:
            if recipe not in self._results:
                self._keep(recipe, result)

    def get(self, recipe: Hashable, compute: Callable[[], Result]) -> Result:
        with self._lock:
            if recipe in self._results:
                self._results.move_to_end(recipe)
                return self._results[recipe][0]
            pending = self._pending.get(recipe)
            if pending is not None and compiling_is_forbidden():
                raise NotCompiled("what another thread computes")  # nor must this one wait for it
            if pending is None:
                mine = self._pending[recipe] = _Pending()
            else:
                pending.awaited = True
        return pending.result() if pending is not None else self._compute(recipe, compute, mine)

    def computed(self, recipe: Hashable, compute: Callable[[], Generator]) -> Generator:
        """The result; where nobody has asked before, what comes of the generator, piece by piece."""
        result = self.peek(recipe)
        if result is None:
            result = yield from compute()
            self.put(recipe, result)
        return result

    def _compute(self, recipe: Hashable, compute: Callable[[], Result], mine: _Pending) -> Result:
        computing = _thread.__dict__.setdefault("computing", [])
        computing.append(mine)
        try:
            result = compute()
        except BaseException as error:
            with self._lock:
                del self._pending[recipe]
            mine.set_exception(error)
            raise
        finally:
            computing.remove(mine)
        with self._lock:
            del self._pending[recipe]
            self._keep(recipe, result)
        mine.set_result(result)
        return result

    def _keep(self, recipe: Hashable, result: Result) -> None:
        size = self._size(result)
        self._results[recipe] = (result, size)
        self.bytes += size
        while self.bytes > self._limit and len(self._results) > 1:
            _, (_, freed) = self._results.popitem(last=False)
            self.bytes -= freed
