"""Surfaces that arrive: the bits of the whole however they come, and memory that does not grow with the grid."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from itertools import islice

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, Surface, evaluate, losses_at, refine
from landscapes.grid import LARGEST, Grid
from tests.landscapes.perceptron import Sharing, data, parameters, squared_error

tanh_loss = squared_error(jnp.tanh, *data())
sharing = Sharing(*data())


@pytest.fixture(scope="module")
def plane():
    return Plane.random(parameters(), 0)


@pytest.fixture(scope="module")
def whole(plane):
    return evaluate(tanh_loss, plane, (21, 18))


def test_the_last_refinement_is_the_surface_bit_for_bit(plane, whole):
    *_, last = refine(tanh_loss, plane, (21, 18))
    assert last.done == last.total == 21 * 18 and last.known.all() and last.stride == 1
    np.testing.assert_array_equal(last.values, whole.loss)
    np.testing.assert_array_equal(last.surface.loss, whole.loss)


@pytest.mark.parametrize("loss", [tanh_loss, sharing.loss], ids=["plain", "sharing"])
@pytest.mark.parametrize("stops", [4, 9])
def test_a_resumed_surface_has_the_bits_of_an_uninterrupted_one(plane, loss, stops):
    known = None
    while known is None or known.done < known.total:
        *_, later = islice(refine(loss, plane, (21, 18), known=known), stops)
        assert known is None or later.done > known.done
        known = later
    np.testing.assert_array_equal(known.values, evaluate(loss, plane, (21, 18)).loss)


def test_every_refinement_agrees_with_the_whole_where_it_is_known_and_is_nan_elsewhere(plane, whole):
    for part in refine(tanh_loss, plane, (21, 18)):
        assert part.known.sum() == part.done
        np.testing.assert_array_equal(part.values, np.where(part.known, whole.loss, np.nan))


def test_pictures_come_coarse_to_fine_each_with_the_edges(plane, whole):
    strides = []
    for part in refine(tanh_loss, plane, (21, 18)):
        if part.surface is None:
            continue
        strides.append(part.stride)
        assert isinstance(part.surface, Surface)
        assert (part.surface.x[0], part.surface.x[-1]) == (whole.x[0], whole.x[-1])
        assert (part.surface.y[0], part.surface.y[-1]) == (whole.y[0], whole.y[-1])
        rows, columns = (np.searchsorted(a, b) for a, b in ((whole.y, part.surface.y), (whole.x, part.surface.x)))
        np.testing.assert_array_equal(part.surface.loss, whole.loss[np.ix_(rows, columns)])
    assert strides == sorted(strides, reverse=True) and strides[-1] == 1


def test_no_point_is_computed_twice(plane):
    computed, counts = 0, []
    for part in refine(tanh_loss, plane, 17):
        counts.append(part.done - computed)
        computed = part.done
    assert min(counts) > 0 and sum(counts) == 17 * 17


@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (9, 10), (51, 51), (64, 3), (33, 129)])
def test_sub_grids_are_nested_and_the_order_holds_every_point_once(shape):
    grid = Grid.over(((0.0, 1.0), (0.0, 1.0)), shape)
    np.testing.assert_array_equal(np.sort(grid.order), np.arange(grid.size))
    done, coarser = 0, set()
    for stride in grid.strides:
        rows, columns = grid.lines(stride)
        here = set((rows[:, None] * shape[0] + columns).ravel().tolist())
        assert coarser <= here and set(grid.order[: len(here)].tolist()) == here
        coarser = here
    assert max(map(len, grid.lines(grid.strides[0]))) <= 10


def test_a_function_of_two_parameters_refines_to_its_surface():
    himmelblau = LANDSCAPES["himmelblau"]
    plane = Plane.axes(himmelblau.window)
    *_, last = refine(himmelblau.loss, plane, (150, 140))
    np.testing.assert_array_equal(last.values, evaluate(himmelblau.loss, plane, (150, 140)).loss)


def test_a_complete_surface_is_taken_as_it_is(plane):
    *_, last = refine(tanh_loss, plane, 9)
    assert list(refine(None, plane, 9, known=last)) == [last]


def test_what_is_known_of_another_grid_or_plane_is_refused(plane):
    known = next(refine(tanh_loss, plane, 9))
    with pytest.raises(ValueError, match="start anew"):
        refine(tanh_loss, plane, 10, known=known)
    with pytest.raises(ValueError, match="another plane"):
        refine(tanh_loss, Plane.random(parameters(), 1), 9, known=known)
    refine(tanh_loss, Plane.random(parameters(), 0), 9, known=known)


def test_a_grid_that_cannot_fit_is_refused_with_the_estimate(plane):
    for start in (refine, evaluate):
        with pytest.raises(ValueError, match=rf"100000 x 100000 .* GiB .* {LARGEST:,}"):
            start(tanh_loss, plane, 100_000)


def test_cancelling_a_network_of_a_million_parameters_ends_its_threads_at_once():
    random = np.random.default_rng(0)
    point = {n: random.normal(size=(1024, 1024)).astype(np.float32) / 32 for n in ("in", "out")}
    inputs = random.normal(size=(128, 1024)).astype(np.float32)
    loss = lambda p: jnp.mean((jnp.tanh(inputs @ p["in"]) @ p["out"]) ** 2)
    before = set(threading.enumerate())
    arriving = refine(loss, Plane.random(point, 0), 200)
    next(arriving), next(arriving)
    start = time.perf_counter()
    arriving.close()
    # Under 0.5 s on two quiet cores; all 40,000 points take minutes.
    assert time.perf_counter() - start < 30
    assert set(threading.enumerate()) <= before


def test_the_shared_first_layer_changes_nothing_but_rounding(plane):
    ours, plain = (evaluate(loss, plane, 9).loss for loss in (sharing.loss, tanh_loss))
    np.testing.assert_allclose(ours, plain, rtol=1e-5)


def test_another_window_plane_or_knob_compiles_nothing(plane):
    evaluate(sharing.loss, plane, 9)
    traces = []

    class Counting(Sharing):
        def along(self, origin, directions):
            traces.append(1)
            return super().along(origin, directions)

    for seed, samples in ((0, 1), (1, 2), (2, 3)):
        inputs, targets = data()
        one = Plane.random(parameters(seed), seed, window=((-1.0, samples), (-2.0, 1.0)))
        evaluate(Counting(samples * inputs, targets).loss, one, 5 + seed)
    assert len(traces) == 1


def test_an_object_that_shares_nothing_is_evaluated_plainly(plane):
    class Silent(Sharing):
        def along(self, origin, directions):
            return None

    ours, plain = (evaluate(loss, plane, 5).loss for loss in (Silent(*data()).loss, tanh_loss))
    np.testing.assert_allclose(ours, plain, rtol=1e-5)


def test_another_method_of_the_object_is_not_taken_for_its_loss(plane):
    class Doubled(Sharing):
        def twice(self, point):
            return 2 * self.loss(point)

    network = Doubled(*data())
    twice, once = (evaluate(loss, plane, 5).loss for loss in (network.twice, network.loss))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-5)


def test_losses_at_coordinates_are_those_of_the_embedded_points(plane):
    coordinates = np.array([[0.0, 0.0], [0.5, -1.0], [np.nan, 0.0], [3.0, 2.0]])
    found = losses_at(tanh_loss, plane, coordinates)
    expected = [float(tanh_loss(plane.embed(c.astype(np.float32)))) for c in coordinates[[0, 1, 3]]]
    np.testing.assert_allclose(found[[0, 1, 3]], expected, rtol=1e-5)
    assert np.isnan(found[2])
    assert losses_at(tanh_loss, plane, np.zeros((0, 2))).shape == (0,)
    with pytest.raises(ValueError, match=r"\(k, 2\).*\(3,\)"):
        losses_at(tanh_loss, plane, np.zeros(3))


MEMORY = """
import resource, sys
import numpy as np, jax, jax.numpy as jnp
from landscapes import Plane, evaluate
random = np.random.default_rng(0)
sizes = (16, 64, 64, 10)
point = [random.normal(size=pair).astype(np.float32) / 8 for pair in zip(sizes, sizes[1:])]
inputs = random.normal(size=(256, 16)).astype(np.float32)
def loss(point):
    hidden = inputs
    for weight in point:
        hidden = jnp.tanh(hidden @ weight)
    return jnp.mean(hidden**2)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
plane = Plane.random(point, 0)
float(jax.jit(loss)(point))
before = peak()
evaluate(loss, plane, int(sys.argv[1]))
print(peak() - before)
"""


DEVICES = """
import hashlib
from landscapes import evaluate, slices
from tests.landscapes.test_refinement import Plane, parameters, tanh_loss

used, plain = set(), slices._Work.__call__
slices._Work.__call__ = lambda self, points, device=None: used.add(device) or plain(self, points, device)
print(hashlib.sha256(evaluate(tanh_loss, Plane.random(parameters(), 0), 65).loss.tobytes()).hexdigest(), len(used))
"""


def test_every_local_device_takes_its_turns_and_the_bits_stay(plane):
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=3"
    told = subprocess.run([sys.executable, "-c", DEVICES], capture_output=True, text=True, env={**os.environ, "XLA_FLAGS": flags})
    bits, devices = told.stdout.split() or pytest.fail(told.stderr)
    assert devices == "3" and bits == hashlib.sha256(evaluate(tanh_loss, plane, 65).loss.tobytes()).hexdigest()


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in other units")
def test_memory_does_not_grow_with_the_grid():
    taken = [
        float(subprocess.run([sys.executable, "-c", MEMORY, n], capture_output=True, text=True, check=True).stdout)
        for n in ("51", "401")
    ]
    assert max(taken) < 200 and abs(taken[1] - taken[0]) < 20
