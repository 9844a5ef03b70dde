"""What a step costs, against the calls counted while one update runs step by step."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from optimizers import OPTIMIZERS, descend

START = np.array([-1.2, 1.0])


def valley(point):
    return (1 - point[0]) ** 2 + 100 * (point[1] - point[0] ** 2) ** 2


def calls_of_updates(optimizer, steps):
    """How often each compiled update really evaluates the loss, beside the value and gradient it is given."""
    calls, counts, rule = [], [], optimizer.transform()

    def counted(point):
        jax.debug.callback(lambda: calls.append(1))
        return valley(point)

    @jax.jit
    def update(point, state):
        value, gradient = jax.value_and_grad(valley)(point)
        updates, state = rule.update(gradient, state, point, value=value, grad=gradient, value_fn=counted)
        return optax.apply_updates(point, updates), state

    with jax.enable_x64(True):
        point, state = jnp.asarray(START), rule.init(jnp.asarray(START))
        for _ in range(steps):
            calls.clear()
            point, state = update(point, state)
            jax.block_until_ready(point)
            jax.effects_barrier()
            counts.append(len(calls))
    return np.array(counts)


def test_backtracking_counts_every_length_it_tries():
    optimizer = OPTIMIZERS["backtracking"]()
    spent = np.diff(descend(valley, optimizer, START, steps=6).evaluations, axis=0)
    np.testing.assert_array_equal(spent[:, 0], calls_of_updates(optimizer, 6))
    np.testing.assert_array_equal(spent[:, 1:], np.tile([1, 0], (6, 1)))
    assert spent[0, 0] > 5


def test_lbfgs_counts_every_gradient_of_its_search_and_the_first():
    optimizer = OPTIMIZERS["lbfgs"]()
    spent = np.diff(descend(valley, optimizer, START, steps=6).evaluations, axis=0)
    expected = calls_of_updates(optimizer, 6)
    expected[0] += 1
    np.testing.assert_array_equal(spent[:, 1], expected)
    assert (spent[:, [0, 2]] == 0).all() and spent[:, 1].max() > 2


@pytest.mark.parametrize("key, calls", [("sam", 1), ("random_search", 1), ("gradient_descent", 0), ("polyak_step", 0)])
def test_other_rules_call_the_loss_as_often_as_they_say(key, calls):
    assert (calls_of_updates(OPTIMIZERS[key](), 2) == calls).all()


def test_a_long_run_counts_on_across_its_calls():
    path = descend(valley, OPTIMIZERS["backtracking"](), START, steps=100, report=lambda done, steps: True)
    whole = descend(valley, OPTIMIZERS["backtracking"](), START, steps=100)
    np.testing.assert_array_equal(path.evaluations, whole.evaluations)


def test_the_cost_weighs_gradients_and_hessians():
    path = descend(lambda point: point @ point, OPTIMIZERS["newton"](), (1.0, 2.0), steps=3)
    np.testing.assert_array_equal(path.cost(dimension=2), [0, 9, 18, 27])
    np.testing.assert_array_equal(path.cost(dimension=2, gradient=5, hessian=0), [0, 5, 10, 15])
