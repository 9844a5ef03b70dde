"""Compiled programs: each held by itself, so that one can be dropped, and none that can stop the others runs beside them.

A batched LAPACK call or an FFT deals its parts out to XLA's pool of threads from one of the pool's own threads, and waits
for them. As many such programs at once as the pool has threads wait for ever, so they run one at a time, in whatever
thread they are called.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial, update_wrapper
from typing import Any, Protocol

import equinox as eqx
import jax
import numpy as np

MOST_HELD = 2048  # programs that a process holds on its own account; JAX keeps 4096 of each function
LEAST_BYTES = 2 * 2**20  # that a program takes at least, measured on small ones: LLVM keeps more than the code
BYTES_A_CODE_BYTE = 8  # and on large ones

_one_at_a_time = threading.Lock()
_thread = threading.local()


class NotCompiled(Exception):
    """A program would have to be compiled first, in a thread that must not wait for that."""


class Holder(Protocol):
    """Where programs are kept: a map that may drop any of them."""

    def peek(self, key: Hashable) -> "Program | None": ...

    def put(self, key: Hashable, program: "Program") -> None: ...


class LatestPrograms:
    """The most recently used programs."""

    def __init__(self, most: int = MOST_HELD):
        self._most = most
        self._programs: OrderedDict[Hashable, Program] = OrderedDict()
        self._lock = threading.Lock()

    def peek(self, key: Hashable) -> "Program | None":
        with self._lock:
            if key in self._programs:
                self._programs.move_to_end(key)
            return self._programs.get(key)

    def put(self, key: Hashable, program: "Program") -> None:
        with self._lock:
            self._programs[key] = program
            if len(self._programs) > self._most:
                self._programs.popitem(last=False)


_holder: Holder = LatestPrograms()
_compiling: dict[Hashable, threading.Lock] = {}
_guard = threading.Lock()


def hold_programs_in(holder: Holder) -> None:
    """Let `holder` keep what is compiled from now on."""
    global _holder
    _holder = holder


@contextmanager
def compiled_only() -> Iterator[None]:
    """Raise NotCompiled where this thread would have to compile."""
    before, _thread.compiled_only = getattr(_thread, "compiled_only", False), True
    try:
        yield
    finally:
        _thread.compiled_only = before


def compiling_is_forbidden() -> bool:
    """Whether this thread must not wait for a program to be compiled."""
    return getattr(_thread, "compiled_only", False)


class Program:
    """One function, compiled for arguments of one structure, with their static parts."""

    def __init__(self, function: Callable, options: dict | None, structure, static: tuple, arrays: list):
        def run(arrays: list):
            leaves = iter(arrays)
            args, kwargs = jax.tree.unflatten(structure, [next(leaves) if part is _ARRAY else part[1] for part in static])
            returned, self._constants = eqx.partition(function(*args, **kwargs), eqx.is_array)
            return returned

        lowered = jax.jit(run, compiler_options=options).lower(arrays)
        self.runs_alone = deals_out(lowered)
        self._compiled = lowered.compile()
        self._has_constants = bool(jax.tree.leaves(self._constants))

    def __call__(self, arrays: list) -> Any:
        if self.runs_alone:
            with _one_at_a_time:
                returned = jax.block_until_ready(self._compiled(arrays))
        else:
            returned = self._compiled(arrays)
        return eqx.combine(returned, self._constants) if self._has_constants else returned

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        analysis = self._compiled.memory_analysis()
        code = getattr(analysis, "generated_code_size_in_bytes", 0) or 0
        return max(LEAST_BYTES, BYTES_A_CODE_BYTE * code)


class _Jitted:
    """A function that is compiled for each new kind of arguments: arrays are traced, everything else is static.

    The same contract as `equinox.filter_jit`. Called while JAX traces it is part of what is traced.
    """

    def __init__(self, function: Callable, options: dict | None):
        self._function, self._options = function, options
        update_wrapper(self, function)

    def __call__(self, *args, **kwargs):
        leaves, structure = jax.tree.flatten((args, kwargs))
        if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
            return self._function(*args, **kwargs)
        arrays = [leaf for leaf in leaves if eqx.is_array(leaf)]
        static = tuple(_ARRAY if eqx.is_array(leaf) else (type(leaf), leaf) for leaf in leaves)
        key = self._function, structure, static, tuple(map(_kind, arrays)), _context()
        program = _holder.peek(key) or self._compile(key, structure, static, arrays)
        return program(arrays)

    def _compile(self, key: Hashable, structure, static: tuple, arrays: list) -> Program:
        """The program for this key; who asks meanwhile waits for it."""
        if compiling_is_forbidden():
            raise NotCompiled(getattr(self._function, "__name__", "a function"))
        with _guard:
            turn = _compiling.setdefault(key, threading.Lock())
        with turn:
            try:
                if (program := _holder.peek(key)) is None:
                    program = Program(self._function, self._options, structure, static, arrays)
                    _holder.put(key, program)
            finally:
                with _guard:
                    _compiling.pop(key, None)
        return program


def jit(function: Callable | None = None, **options) -> Callable:
    """`equinox.filter_jit` whose programs are held one by one; `options` are XLA's for the compiler."""
    return partial(jit, **options) if function is None else _Jitted(function, options or None)


_ARRAY = object()  # in the place of a leaf that is traced
_CALL = re.compile(r"custom_call @(?:lapack|blas)")
_TRANSFORM = re.compile(r"stablehlo\.(?:fft|cholesky|triangular_solve)\b")
_ALONE = 'num_batch_dims = "0"'  # what JAX says of a call for one matrix, which waits for nobody
_LARGE = 8  # numbers of a constant that are printed


def deals_out(lowered: jax.stages.Lowered) -> bool:
    """Whether a program deals work out to XLA's pool from inside and waits for it: batched LAPACK calls, FFTs."""
    text = lowered.compiler_ir("stablehlo").operation.get_asm(large_elements_limit=_LARGE)
    return any(_TRANSFORM.search(line) or (_CALL.search(line) and _ALONE not in line) for line in text.splitlines())


def _kind(array) -> tuple:
    """What a program for this array depends on."""
    if isinstance(array, jax.Array):
        weak = getattr(array, "weak_type", False)  # which an array of typed keys does not know
        return array.shape, array.dtype, weak, array.sharding if array.committed else None
    return np.shape(array), array.dtype


def _context() -> tuple:
    """The settings of this thread that a program depends on."""
    config = jax.config
    return config.jax_enable_x64, config.jax_default_device, config.jax_default_matmul_precision


# A network's program is compiled for seconds and often runs for milliseconds: LLVM's lowest level of optimisation
# saves a quarter of the time, and matrix products, which are what takes time, are as fast.
brisk_jit = jit(xla_backend_optimization_level=1)

# Of a function of two numbers XLA's older code generator makes a program as fast, in two thirds of the time, and cut into
# two parts, not thirty-two, in less again.
quick_jit = jit(xla_cpu_use_fusion_emitters=False, xla_cpu_parallel_codegen_split_count=2)

# A map of basins runs for longer than it compiles: the newer generator, but in two parts as well.
long_jit = jit(xla_cpu_parallel_codegen_split_count=2)

# What runs once is compiled for most of its time: a third of the time without any optimisation.
once_jit = jit(xla_backend_optimization_level=0, xla_cpu_use_fusion_emitters=False)
