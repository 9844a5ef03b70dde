"""A walk along a recorded run finds the state that the run itself had, step by step."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from optimizers import SCHEDULES, Adam, Batches, Momentum, ScheduleFree, descend, train
from optimizers.walk import walk

RANDOM = np.random.default_rng(1)
INPUTS, ANSWERS = RANDOM.normal(size=(12, 3)), RANDOM.normal(size=12)


def loss(parameters, indices=slice(None)):
    guesses = jnp.tanh(jnp.asarray(INPUTS)[indices] @ parameters["weights"]) + parameters["shift"]
    return jnp.mean((guesses - jnp.asarray(ANSWERS)[indices]) ** 2)


START = {"weights": np.array([0.5, -1.0, 2.0]), "shift": np.array(0.1)}


def everything(optimizer, stride, _):
    return stride


@pytest.mark.parametrize("rule, schedule", [(Adam(0.1), "cosine"), (Momentum(0.05), "constant"), (ScheduleFree(0.5), "constant")])
def test_gradients_states_and_updates_are_those_of_the_run(rule, schedule):
    made = SCHEDULES[schedule]()
    run = descend(loss, rule, START, 15, gradients=True, states=True, schedule=made)
    seen = list(walk(loss, rule, run.positions, everything, planned=15, schedule=made))
    assert len(seen) == 15
    for step, stride in enumerate(seen):
        after = jax.tree.map(lambda leaf: leaf[step + 1], run.states)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), stride.state, after)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b[step], rtol=1e-9, atol=1e-12), stride.gradient, run.gradients)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b[step + 1] - b[step], atol=1e-12), stride.update, run.positions)


def test_each_step_sees_its_own_batch():
    batches = Batches(12, 4, seed=3)
    run = train(loss, Momentum(0.05), START, 9, batches=batches)
    for step, stride in enumerate(walk(loss, Momentum(0.05), run.positions, everything, planned=9, batches=batches)):
        at = jax.tree.map(lambda leaf: leaf[step], run.positions)
        with jax.enable_x64(True):
            expected = jax.grad(loss)(at, batches.indices(step, 1)[0])
        np.testing.assert_allclose(stride.gradient["weights"], expected["weights"], rtol=1e-9)
