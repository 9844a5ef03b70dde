"""`train` and `replay`: the one loop, on pytrees, in batches, seen on planes."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from optimizers import NETWORK_OPTIMIZERS, OPTIMIZERS, Batches, Budget, descend, replay, train
from tests.optimizers.perceptron import counted, flat, numpy_loss_and_gradient, perceptron, start

GradientDescent, Adam = OPTIMIZERS["gradient_descent"], OPTIMIZERS["adam"]
BATCHES = Batches(40, 8, seed=2)
POINT_BYTES = 21 * 4


def plane(seed=0):
    random = np.random.default_rng(seed)
    draw = lambda: jax.tree.map(lambda leaf: random.normal(size=leaf.shape).astype(np.float32), start())
    return draw(), (draw(), draw())


def by_hand(rule, steps, batches=None):
    """Losses, gradient norms and positions of `rule` in a NumPy loop with gradients by hand, in float64."""
    network, parameters = perceptron(np.float64), start(np.float64)
    losses, norms, positions = [], [], []
    with jax.enable_x64(True):
        state, update = rule.init(parameters), jax.jit(rule.update)
        for step in range(steps + 1):
            which = slice(None) if batches is None else batches.indices(step, 1)[0]
            loss, gradient = numpy_loss_and_gradient(parameters, network.inputs[which], network.targets[which])
            losses.append(loss)
            norms.append(np.linalg.norm(flat(gradient)))
            positions.append(flat(parameters))
            updates, state = update(gradient, state, parameters)
            parameters = jax.tree.map(np.add, parameters, updates)
    return np.array(losses), np.array(norms), np.array(positions)


@pytest.mark.parametrize("batches", [None, BATCHES], ids=["all data", "batches"])
@pytest.mark.parametrize("optimizer, rule", [
    (GradientDescent(learning_rate=0.2), optax.sgd(0.2)), (Adam(learning_rate=0.03), optax.adam(0.03)),
], ids=["gradient descent", "Adam"])  # fmt: skip
def test_a_training_is_a_plain_loop_with_gradients_by_hand(batches, optimizer, rule):
    network = perceptron(np.float64)
    loss = network.loss if batches is None else network.batch_loss
    run = train(loss, optimizer, start(np.float64), 30, batches=batches)
    losses, norms, positions = by_hand(rule, 30, batches)
    np.testing.assert_allclose(run.losses, losses, rtol=1e-9)
    np.testing.assert_allclose(run.gradient_norms, norms, rtol=1e-9)
    np.testing.assert_allclose(flat(run.positions, 31), positions, rtol=1e-9, atol=1e-12)
    assert run.steps == 30 and run.diverged_at == -1 and tuple(run.evaluations[-1]) == (0, 30, 0)


def test_a_training_on_all_data_is_a_descent():
    network = perceptron()
    path = descend(network.loss, Adam(learning_rate=0.03), start(), 40)
    run = train(network.loss, Adam(learning_rate=0.03), start(), 40)
    np.testing.assert_allclose(run.losses, path.losses, rtol=2e-5)
    assert run.losses.dtype == np.float32 and run.path.diverged_at == -1
    np.testing.assert_array_equal(run.path.losses, run.losses)


def test_every_optimizer_sees_the_same_batches_and_the_seed_changes_them():
    network = perceptron()
    runs = [train(network.batch_loss, rule(), start(), 6, batches=BATCHES) for rule in (GradientDescent, Adam)]
    first = [run.losses[0] for run in runs]
    assert first[0] == first[1]
    other = train(network.batch_loss, Adam(), start(), 6, batches=Batches(40, 8, seed=3))
    assert other.losses[0] != first[1]


def test_no_number_seed_or_number_of_steps_recompiles():
    network = counted()
    for steps, rate, seed in [(20, 0.01, 0), (33, 0.02, 1), (300, 0.5, 2)]:
        train(network.batch_loss, Adam(learning_rate=rate, b1=rate), start(), steps, batches=Batches(40, 8, seed))
        traced = network.counter.traces if steps == 20 else traced
    assert network.counter.traces == traced > 0


def test_the_full_loss_is_recorded_at_the_kept_steps():
    network = perceptron()
    run = train(
        network.batch_loss, Adam(learning_rate=0.03), start(), 50,
        batches=BATCHES, full_loss=network.loss, keep=Budget(9 * POINT_BYTES),
    )  # fmt: skip
    assert list(run.kept) == [0, 7, 14, 21, 28, 35, 42, 49, 50]
    expected = [network.loss(jax.tree.map(lambda leaf, k=k: leaf[k], run.positions)) for k in range(9)]
    np.testing.assert_allclose(run.full_losses, expected, rtol=1e-5)
    assert len(run.losses) == 51
    assert run.sentence == "Positions are kept at every 7th step, 9 in 756 bytes; a replay gives the others on a plane."


def test_thinning_keeps_the_positions_of_the_whole_run():
    network = perceptron()
    whole = train(network.loss, Adam(learning_rate=0.03), start(), 500)
    thinned = train(network.loss, Adam(learning_rate=0.03), start(), 500, keep=Budget(20 * POINT_BYTES))
    assert len(thinned.kept) <= 20 and thinned.kept[-1] == 500
    np.testing.assert_array_equal(flat(thinned.positions, len(thinned.kept)), flat(whole.positions, 501)[thinned.kept])
    np.testing.assert_array_equal(flat(whole.last), flat(whole.positions, 501)[-1])
    assert whole.sentence == "The position at every step is kept."


@pytest.mark.parametrize("optimizer", [GradientDescent(), OPTIMIZERS["schedule_free"](learning_rate=0.5)])
def test_a_replay_is_the_run_to_the_bit_and_sees_what_stored_positions_show(optimizer):
    network, planes = perceptron(), [plane(0), plane(1)]
    options = {"batches": BATCHES}
    run = train(network.batch_loss, optimizer, start(), 300, **options)
    again = replay(network.batch_loss, optimizer, start(), 300, planes=planes, recorded=run, **options)
    np.testing.assert_array_equal(again.losses, run.losses)
    np.testing.assert_array_equal(again.gradient_norms, run.gradient_norms)
    assert again.positions is None and len(again.kept) == 0
    for (origin, directions), view in zip(planes, again.views, strict=True):
        basis = np.stack([flat(direction) for direction in directions], axis=1)
        away = flat(run.positions, 301) - flat(origin)
        coordinates = np.linalg.lstsq(basis, away.T, rcond=None)[0].T
        np.testing.assert_allclose(view.coordinates, coordinates, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(view.squared_distance, (away**2).sum(1), rtol=1e-5)
        shares = np.linalg.norm(away - coordinates @ basis.T, axis=1) / np.linalg.norm(away, axis=1)
        np.testing.assert_allclose(view.off_plane, shares, rtol=1e-5)


def test_a_path_that_lies_on_the_plane_has_no_share_off_it():
    at, (first, second) = start(), plane()[1]
    path = lambda t: jax.tree.map(lambda o, d1, d2: o + 0.5 * t * d1 - 3 * d2, at, first, second)
    stand = lambda p: 0.0 * p[0][0].sum()
    run = train(stand, GradientDescent(), path(1.0), 1, planes=[(at, (first, second))], keep=None)
    np.testing.assert_allclose(run.views[0].coordinates[0], [0.5, -3], rtol=1e-5)
    assert run.views[0].off_plane[0] < 1e-6
    run = train(stand, GradientDescent(), at, 1, planes=[(at, (first, second))], keep=None)
    np.testing.assert_array_equal(run.views[0].off_plane, 0)


def test_a_replay_of_something_else_says_so():
    network = perceptron()
    run = train(network.loss, Adam(learning_rate=0.03), start(), 20)
    with pytest.raises(ValueError, match="leaves the recorded run at step 1: give the same loss"):
        replay(network.loss, Adam(learning_rate=0.02), start(), 20, planes=[plane()], recorded=run)


def test_a_run_that_diverges_is_cut_and_named():
    network = perceptron()
    run = train(lambda p: 1e3 * network.loss(p), GradientDescent(learning_rate=1e5), start(), 200)
    assert 0 < run.diverged_at == run.steps < 20
    assert np.isfinite(run.losses[:-1]).all()
    assert not (np.isfinite(run.losses[-1]) and np.isfinite(run.gradient_norms[-1]))
    assert run.kept[-1] < run.diverged_at and np.isfinite(flat(run.positions, len(run.kept))).all()
    assert run.sentence.startswith(f"Gradient descent diverged at step {run.diverged_at}. ")


def test_report_follows_and_can_end_a_training():
    seen = []
    report = lambda done, steps: seen.append(done) or len(seen) < 4
    run = train(perceptron().loss, Adam(), start(), 100_000, report=report)
    assert len(seen) == 4 and run.steps == seen[-1] == run.kept[-1] and seen == sorted(set(seen))


def test_the_parameters_of_an_equinox_module_train():
    model = eqx.nn.MLP(2, "scalar", 3, 1, key=jax.random.key(0))
    parameters, static = eqx.partition(model, eqx.is_inexact_array)
    loss = lambda parameters: (eqx.combine(parameters, static)(np.ones(2, np.float32)) - 3.0) ** 2
    run = train(loss, Adam(learning_rate=0.05), parameters, 60)
    assert run.losses[-1] < 0.1 * run.losses[0]
    with pytest.raises(ValueError, match=r"eqx.filter\(model, eqx.is_inexact_array\)"):
        train(loss, Adam(), model, 3)


@pytest.mark.parametrize("key", ["newton", "saddle_free_newton", "coordinate_probing"])
def test_what_needs_a_matrix_of_all_parameters_is_refused_for_networks(key):
    assert key not in NETWORK_OPTIMIZERS
    loss = lambda point: point @ point
    for run in (train, descend):
        with pytest.raises(ValueError, match="works with 1,000 x 1,000 numbers for 1,000 parameters; it is offered up"):
            run(loss, OPTIMIZERS[key](), np.ones(1000, np.float32), 3)


@pytest.mark.parametrize("change, message", [
    ({"batches": 8}, "Batches are a `Batches"), ({"planes": [(start(), (start(), start()))]}, "not parallel"),
    ({"planes": [(np.zeros(3), (np.ones(3), np.ones(3)))]}, "structure and shapes of the start"),
    ({"planes": [(start(), (jax.tree.map(np.zeros_like, start()), start()))]}, "not zero"),
    ({"keep": Budget(100)}, "not enough for a start and an end"), ({"steps": -1}, "whole number of 0 or more"),
])  # fmt: skip
def test_what_cannot_run_is_refused_before_it_starts(change, message):
    with pytest.raises(ValueError, match=message):
        train(**({"loss": perceptron().loss, "optimizer": Adam(), "start": start(), "steps": 5} | change))


@pytest.mark.parametrize("loss, optimizer, message", [
    (perceptron(), Adam(), "A loss is a function of one point, got a Perceptron; give its `.loss`"),
    (perceptron().loss, Adam, r"Adam is a class; build one with its knobs: Adam\(\)"),
    (perceptron().loss, "adam", r"got 'adam'; did you mean OPTIMIZERS\['adam'\]\(\)\?"),
    (perceptron().loss, ("adam", 0.1), "An optimizer is one of OPTIMIZERS"),
])  # fmt: skip
def test_what_is_no_loss_or_no_optimizer_says_what_was_expected(loss, optimizer, message):
    for run in (train, descend):
        with pytest.raises(TypeError, match=message):
            run(loss, optimizer, start(), 5)


class Alone:
    """A loss that asks for one step a compiled call."""

    slow_in_loops = True

    def batch_loss(self, point, indices):
        return jnp.mean((point - indices) ** 2)

    def loss(self, point):
        return jnp.sum(point**4)


def test_steps_that_are_compiled_alone_are_those_of_the_loop():
    alone, options = Alone(), {"batches": Batches(20, 4, seed=0), "keep": Budget(12 * 8)}
    # A function that is no method has no owner who asks for anything.
    plain = (lambda *given: alone.batch_loss(*given)), (lambda point: alone.loss(point))
    one, other = (
        train(loss, OPTIMIZERS["adam"](), np.ones(1), 30, full_loss=full, **options)
        for loss, full in ((alone.batch_loss, alone.loss), plain)
    )
    np.testing.assert_allclose(one.losses, other.losses, rtol=1e-12)
    np.testing.assert_array_equal(one.kept, other.kept)
    np.testing.assert_allclose(one.full_losses, other.full_losses, rtol=1e-12)
    assert one.kept[-1] == 30 and len(one.kept) < 13
