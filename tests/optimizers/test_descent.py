"""`descend` and `sweep`: one loop for every rule, compiled once, recorded whole."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from optimizers import OPTIMIZERS, descend, sweep

GradientDescent, Adam = OPTIMIZERS["gradient_descent"], OPTIMIZERS["adam"]


class Counter:
    """How often a loss was traced."""

    def __init__(self):
        self.traces = 0


class Shaped(eqx.Module):
    """A valley with a shape knob, which counts its traces."""

    depth: np.ndarray
    counter: Counter = eqx.field(static=True)

    def __call__(self, point):
        self.counter.traces += 1
        return (1 - point[0]) ** 2 + self.depth * (point[1] - point[0] ** 2) ** 2


def bowl(point):
    return 0.5 * (point[0] ** 2 + 4 * point[1] ** 2)


def test_a_knob_a_start_a_shape_or_a_number_of_steps_never_recompiles():
    counter = Counter()
    descend(Shaped(np.array(100.0), counter), Adam(), (-1.2, 1.0), steps=300)
    traced = counter.traces
    random = np.random.default_rng(0)
    for _ in range(30):
        optimizer = Adam(learning_rate=random.uniform(), b1=random.uniform(), eps=random.uniform())
        loss = Shaped(np.array(random.uniform(1, 100)), counter)
        descend(loss, optimizer, tuple(random.normal(size=2)), steps=int(random.integers(0, 320)))
    assert counter.traces == traced > 0


def test_a_sweep_of_any_knob_any_values_or_the_start_never_recompiles():
    counter = Counter()
    loss = Shaped(np.array(100.0), counter)
    sweep(loss, Adam(), (-1.2, 1.0), over="learning_rate", values=np.linspace(0.1, 1, 139))
    traced = counter.traces
    sweep(loss, Adam(b1=0.5), (0.3, 1.0), over="b1", values=np.linspace(0, 0.9, 92), steps=50)
    sweep(loss, Adam(), (0.3, 1.0), over="eps", values=np.geomspace(1e-8, 1, 400), steps=7)
    sweep(Shaped(np.array(3.0), counter), Adam(), (0.0, 0.0), over="start", values=np.zeros((160, 2)), steps=319)
    assert counter.traces == traced > 0


def test_another_bucket_compiles_once():
    counter = Counter()
    loss = Shaped(np.array(100.0), counter)
    traces = []
    for steps in (10, 319, 320, 2000, 1000, 2047):
        descend(loss, GradientDescent(learning_rate=1e-3), (-1.2, 1.0), steps=steps)
        traces.append(counter.traces)
    assert traces[0] == traces[1] < traces[2] == traces[3] == traces[4] == traces[5]


@pytest.mark.parametrize("steps", [0, 1, 319, 320, 2047, 2048, 5000])
def test_a_run_has_as_many_steps_as_asked_and_long_runs_begin_as_short_ones(steps):
    path = descend(bowl, Adam(learning_rate=0.01), (2.0, -1.0), steps=steps)
    assert path.steps == steps and path.positions.shape == (steps + 1, 2) and path.evaluations.shape == (steps + 1, 3)
    short = descend(bowl, Adam(learning_rate=0.01), (2.0, -1.0), steps=min(steps, 60))
    np.testing.assert_allclose(path.positions[:61], short.positions, rtol=1e-12)


def test_a_sweep_in_blocks_equals_a_sweep_in_one():
    values = np.geomspace(1e-3, 0.3, 50)
    whole = sweep(bowl, GradientDescent(), (2.0, -1.0), over="learning_rate", values=values, steps=20)
    parts = sweep(bowl, GradientDescent(), (2.0, -1.0), over="learning_rate", values=values, steps=20, lanes=20)
    np.testing.assert_allclose(parts.positions, whole.positions, rtol=1e-12)
    assert whole.positions.shape == (50, 21, 2) and whole.evaluations.shape == (50, 21, 3)


def test_a_sweep_of_starts_takes_every_start():
    starts = np.array([[2.0, -1.0], [0.5, 0.5], [-3.0, 1.0]])
    fan = sweep(bowl, GradientDescent(learning_rate=0.1), (0.0, 0.0), over="start", values=starts, steps=20)
    np.testing.assert_array_equal(fan.positions[:, 0], starts)
    single = descend(bowl, GradientDescent(learning_rate=0.1), starts[2], steps=20)
    np.testing.assert_allclose(fan[2].positions, single.positions, rtol=1e-12)


def test_divergence_is_recorded_and_not_clipped():
    path = descend(lambda p: p[0] ** 4 + p[1] ** 4, GradientDescent(learning_rate=1.0), (3.0, 0.0), steps=30)
    assert 0 < path.diverged_at < 10
    assert np.isfinite(path.losses[: path.diverged_at]).all() and path.losses[path.diverged_at - 1] > 1e50
    assert not np.isfinite(path.losses[path.diverged_at])
    assert path.steps == 30


def test_a_plain_optax_chain_runs_unchanged():
    rule = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(optax.cosine_decay_schedule(0.1, 50)))
    path = descend(bowl, rule, (2.0, -1.0), steps=40)
    point, state = jnp.array([2.0, -1.0]), rule.init(jnp.array([2.0, -1.0]))
    for _ in range(40):
        updates, state = rule.update(jnp.array([point[0], 4 * point[1]]), state, point)
        point = optax.apply_updates(point, updates)
    np.testing.assert_allclose(path.positions[-1], point, rtol=1e-4)
    assert tuple(path.evaluations[-1]) == (0, 40, 0)


def test_layer_wise_rules_see_the_layers():
    tree = {"a": np.array([3.0, 4.0]), "b": np.array([0.1])}
    loss = lambda point: point["a"] @ point["a"] + point["b"] @ point["b"]
    path = descend(loss, optax.lamb(0.1), tree, steps=1)
    lengths = {name: np.linalg.norm(np.diff(leaf, axis=0)) for name, leaf in path.positions.items()}
    assert lengths["a"] == pytest.approx(0.5, rel=1e-6) and lengths["b"] == pytest.approx(0.01, rel=1e-6)


def test_report_follows_the_run_and_can_end_it():
    seen = []
    path = descend(bowl, Adam(), (2.0, -1.0), 150, report=lambda done, steps: seen.append((done, steps)))
    assert seen == [(63, 150), (127, 150), (150, 150)] and path.steps == 150
    short = descend(bowl, Adam(), (2.0, -1.0), 10_000, report=lambda done, steps: done < 100)
    assert short.steps == 127
    np.testing.assert_array_equal(short.positions, path.positions[:128])


def test_gradients_and_states_are_there_when_asked():
    path = descend(bowl, Adam(), (2.0, -1.0), 70, gradients=True, states=True, report=lambda done, steps: True)
    np.testing.assert_allclose(path.gradients, path.positions * [1, 4], rtol=1e-12)
    np.testing.assert_array_equal(path.states[0].count, np.arange(71))
    bare = descend(bowl, Adam(), (2.0, -1.0), 70)
    assert bare.gradients is None and bare.states is None


def test_schedule_free_reports_its_average_and_not_where_it_takes_gradients():
    path = descend(bowl, OPTIMIZERS["schedule_free"](learning_rate=0.3), (2.0, -1.0), 20, states=True)
    z = path.states.z[1:]
    np.testing.assert_allclose(path.positions[1:], np.cumsum(z, axis=0) / np.arange(1, 21)[:, None], rtol=1e-9)


def test_whole_numbers_are_a_start():
    np.testing.assert_array_equal(descend(bowl, Adam(), (2, -1), 5).positions, descend(bowl, Adam(), [2.0, -1.0], 5).positions)
    assert descend(bowl, Adam(), np.array([2, -1]), 5).positions.dtype == np.float64


@pytest.mark.parametrize("start", [(np.nan, 0.0), (np.inf, 0.0)])
def test_a_start_that_is_not_finite_raises(start):
    with pytest.raises(ValueError, match="A start needs finite numbers"):
        descend(bowl, Adam(), start)


@pytest.mark.parametrize("steps", [-1, 2.5, "many"])
def test_steps_that_are_no_count_raise(steps):
    with pytest.raises(ValueError, match="whole number of 0 or more"):
        descend(bowl, Adam(), (1.0, 1.0), steps=steps)


def test_a_sweep_says_which_knobs_there_are():
    with pytest.raises(ValueError, match="Adam has no knob 'speed'; it has learning_rate, b1, b2, eps"):
        sweep(bowl, Adam(), (1.0, 1.0), over="speed", values=[1.0])
    with pytest.raises(ValueError, match="at least one value"):
        sweep(bowl, Adam(), (1.0, 1.0), over="b1", values=[])
    with pytest.raises(ValueError, match="Adam: b1 must be .* got 1.5"):
        sweep(bowl, Adam(), (1.0, 1.0), over="b1", values=[0.5, 1.5])


def test_two_threads_may_descend_at_once():
    from concurrent.futures import ThreadPoolExecutor

    runs = [OPTIMIZERS[key](learning_rate=0.01) for key in ("gradient_descent", "adam", "rmsprop")] * 4
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda optimizer: descend(bowl, optimizer, (2.0, -1.0), 50), runs))
    for first, again in zip(paths[:3], paths[3:6], strict=True):
        np.testing.assert_array_equal(first.positions, again.positions)
