"""Compiled programs: one for each kind of arguments, kept one by one, and those that deal out work never side by side."""

import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.linalg import solve_triangular

from landscapes import compiling
from landscapes.compiling import LatestPrograms, NotCompiled, compiled_only, compiling_is_forbidden, deals_out, jit

MATRIX = np.diag(np.arange(1.0, 6.0, dtype=np.float32)) + np.float32(0.1)
LINEAR_ALGEBRA = {
    "eigh": jnp.linalg.eigh,
    "cholesky": jnp.linalg.cholesky,
    "solve_triangular": lambda matrix: solve_triangular(matrix, matrix[0], lower=True),
    "svd": jnp.linalg.svd,
    "qr": jnp.linalg.qr,
    "lu": jax.lax.linalg.lu,
    "solve": lambda matrix: jnp.linalg.solve(matrix, matrix[0]),
    "determinant": jnp.linalg.det,
    "eig": jnp.linalg.eig,
    "tridiagonal_solve": lambda matrix: jax.lax.linalg.tridiagonal_solve(*matrix[:3], matrix),
    "the gradient of eigh": jax.grad(lambda matrix: jnp.linalg.eigh(matrix)[1].sum()),
}


def lowered(function, *arguments):
    return jax.jit(function).lower(*arguments)


@pytest.fixture
def programs():
    """Where the programs of this test alone are held."""
    before, own = compiling._holder, LatestPrograms()
    compiling.hold_programs_in(own)
    yield own._programs
    compiling.hold_programs_in(before)


@pytest.fixture
def counted(programs):
    """A jitted function of anything, and the list of what it was traced with."""
    traced = []

    def function(*args, **kwargs):
        traced.append((args, kwargs))
        return jax.tree.map(lambda leaf: leaf * 2, (args, kwargs))

    return jit(function), traced


@pytest.mark.parametrize("name", LINEAR_ALGEBRA)
def test_linear_algebra_deals_out_a_batch_and_not_one_matrix(name):
    function = LINEAR_ALGEBRA[name]
    assert not deals_out(lowered(function, MATRIX))
    assert deals_out(lowered(jax.vmap(function), np.stack([MATRIX] * 3)))
    looped = lambda many: jax.lax.fori_loop(0, 3, lambda _, x: x + jax.tree.leaves(jax.vmap(function)(x))[0].sum().real, many)
    assert deals_out(lowered(looped, np.stack([MATRIX] * 3))), "inside of a loop"


@pytest.mark.parametrize("transform", [jnp.fft.fft, jnp.fft.rfft, jnp.fft.fft2])
def test_a_fourier_transform_deals_out_always(transform):
    assert deals_out(lowered(transform, MATRIX)) and deals_out(lowered(jax.vmap(transform), np.stack([MATRIX] * 3)))


def test_what_has_neither_deals_nothing_out():
    image = MATRIX[None, None]
    for function in (jnp.sin, jnp.sort, jnp.cumsum, lambda x: x @ x, lambda x: jax.lax.conv(image, x[None, None], (1, 1), "SAME")):
        assert not deals_out(lowered(function, MATRIX))
        assert not deals_out(lowered(jax.vmap(function), np.stack([MATRIX] * 3)))


def test_a_large_constant_is_not_read():
    data = np.random.default_rng(0).normal(size=(400, 500)).astype(np.float32)
    whole, texts = lowered(lambda x: (data * x).sum(), 1.0), []

    class Recorder:
        """A lowered program whose text is kept when it is asked for."""

        operation = property(lambda self: self)

        def compiler_ir(self, dialect):
            return self

        def get_asm(self, **options):
            texts.append(whole.compiler_ir("stablehlo").operation.get_asm(**options))
            return texts[-1]

    assert not deals_out(Recorder())
    assert len(texts[0]) < 10_000 < data.nbytes < len(whole.as_text())


def test_threads_that_ask_at_once_share_one_program(counted, programs):
    function, traced = counted
    ready = threading.Barrier(8)

    def ask(number):
        ready.wait(60)
        return function(np.full(3, number, np.float32))[0][0]

    with ThreadPoolExecutor(8) as pool:
        for number, answer in enumerate(pool.map(ask, range(8))):
            np.testing.assert_array_equal(answer, [2 * number] * 3)
    assert len(traced) == len(programs) == 1 and not compiling._compiling


def test_another_kind_of_arguments_is_another_program_and_other_numbers_are_not(counted):
    function, traced = counted
    kinds = [
        lambda: function(np.ones(2, np.float32)),
        lambda: function(np.ones(3, np.float32)),
        lambda: function(np.ones(3, np.int32)),
        lambda: function(jnp.ones(3, np.int32)),
        lambda: function(x=np.ones(3, np.float32)),
        lambda: function(y=np.ones(3, np.float32)),
        lambda: function([np.ones(3, np.float32)]),
        lambda: function(jnp.asarray(1.0)),
        lambda: function(jnp.asarray(1.0, jnp.float32)),
        lambda: function(1),
        lambda: function(1.0),
        lambda: function(True),
        lambda: function("a"),
        lambda: function("b"),
    ]
    for number, kind in enumerate(kinds, 1):
        kind(), kind()
        assert len(traced) == number
    with jax.enable_x64(True):
        kinds[0](), kinds[0]()
        assert len(traced) == len(kinds) + 1
    function(np.full(2, 7, np.float32))
    assert len(traced) == len(kinds) + 1


def test_static_values_that_are_equal_keep_their_types(counted):
    function, _ = counted
    for value in (1, 1.0, True):
        for _ in range(2):
            (answer,), _ = function(value)
            assert answer == 2 and type(answer) is type(2 * value)


def test_numpy_scalars_are_numbers_and_not_static(counted):
    function, traced = counted
    answers = [function(np.float32(value))[0][0] for value in (1.5, 2.5)]
    assert answers == [3, 5] and len(traced) == 1


def test_weakly_typed_arrays_stay_weak(programs):
    third = jit(lambda x: x / np.float16(3))
    assert third(jnp.asarray(1.0)).dtype == np.float16
    assert third(jnp.asarray(1.0, jnp.float32)).dtype == np.float32
    assert len(programs) == 2


def test_typed_keys_draw_as_jax_does(programs):
    draw = jit(jax.random.normal)
    for seed in (0, 1):
        np.testing.assert_array_equal(draw(jax.random.key(seed)), jax.random.normal(jax.random.key(seed)))
    assert len(programs) == 1


def test_what_is_returned_beside_arrays_comes_back_each_time(programs):
    function = jit(lambda x, word: {"twice": 2 * x, "word": word, "shape": x.shape, "none": None, "function": jnp.sin})
    for _ in range(2):
        answer = function(np.ones(3, np.float32), "slope")
        np.testing.assert_array_equal(answer.pop("twice"), [2, 2, 2])
        assert answer == {"word": "slope", "shape": (3,), "none": None, "function": jnp.sin}
    assert len(programs) == 1


def test_inside_of_other_transformations_it_is_a_part_of_them(programs):
    square = jit(lambda x, power=2: x**power)
    x = jnp.arange(3.0)
    np.testing.assert_array_equal(jax.jit(square)(x), x**2)
    np.testing.assert_array_equal(jax.vmap(square)(x), x**2)
    np.testing.assert_array_equal(jax.grad(lambda x: square(x, power=3).sum())(x), 3 * x**2)
    assert not programs


def test_where_compiling_is_forbidden_nothing_is_compiled(counted):
    function, traced = counted
    function(1.0)
    with compiled_only():
        function(1.0)
        with pytest.raises(NotCompiled, match="function"):
            function(2.0)
        with compiled_only():
            pass
        assert compiling_is_forbidden()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(function, 3.0).result()
    assert len(traced) == 2 and not compiling_is_forbidden()
    function(2.0)
    assert len(traced) == 3


def test_a_dropped_program_is_freed_and_compiled_again(counted):
    function, traced = counted
    own = LatestPrograms(most=2)
    compiling.hold_programs_in(own)
    function(np.ones(1)), function(np.ones(2))
    first = weakref.ref(next(iter(own._programs.values())))
    assert first().nbytes >= compiling.LEAST_BYTES
    function(np.ones(1)), function(np.ones(3))
    assert len(traced) == 3
    function(np.ones(1))
    assert len(traced) == 3, "the one that was used last stays"
    function(np.ones(4)), function(np.ones(5))
    gc.collect()
    assert first() is None
    np.testing.assert_array_equal(function(np.ones(1))[0][0], [2])
    assert len(traced) == 6


def test_a_function_that_fails_leaves_nothing_behind(programs):
    calls = []

    @jit
    def moody(x):
        calls.append(x)
        if len(calls) == 1:
            raise ZeroDivisionError("not today")
        return x + 1

    with pytest.raises(ZeroDivisionError, match="not today"):
        moody(np.float32(1))
    assert not programs and not compiling._compiling
    assert moody(np.float32(1)) == 2 and len(calls) == 2


def test_programs_that_deal_out_run_one_at_a_time_and_others_side_by_side(programs):
    stack = np.stack([MATRIX] * 3)
    first, second = jit(lambda x: jnp.linalg.eigvalsh(x)), jit(lambda x: jnp.linalg.cholesky(x))
    plain, other = jit(lambda x: x + 1), jit(lambda x: x + 2)
    for function in (first, second, plain, other):
        function(stack)
    assert [program.runs_alone for program in programs.values()] == [True, True, False, False]
    running, most, met = [], [], threading.Barrier(2)

    def watch(program):
        compiled = program._compiled

        def run(arrays):
            running.append(program)
            most.append(len(running))
            time.sleep(0.02)
            running.remove(program)
            if not program.runs_alone:
                met.wait(60)
            return compiled(arrays)

        program._compiled = run

    for program in programs.values():
        watch(program)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda function: function(stack), [first, second] * 4))
    assert most == [1] * 8
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda function: function(stack), [plain, other]))
    assert met.broken is False
