"""Show me the code: what it prints is run, and gives the numbers of the picture."""

import io
from contextlib import redirect_stdout
from dataclasses import replace

import numpy as np
import pytest

from optimizers import SCHEDULES
from views import runs
from views.code import script
from views.settings import Card, Kept, OwnFormula, Settings

TUNED = Settings(landscape="himmelblau", steps=80)
SHAPED = Settings(landscape="quadratic_bowl", shape=(("condition_number", 25.0),), start=(1.5, -0.5), steps=50,
                  optimizers=(Card("momentum", (("learning_rate", 0.02), ("momentum", 0.5))), Card("newton")))  # fmt: skip
DIVERGED = Settings(landscape="rosenbrock", steps=60, optimizers=(Card("gradient_descent", (("learning_rate", 1.0),)),))
SEEDED = Settings(landscape="beale", steps=40, seed=3, optimizers=(Card("random_search"), Card("polyak_step")))
NOISY = Settings(landscape="himmelblau", start=(1.0, 1.0), steps=40, noise=3.0, seed=2, optimizers=(Card("momentum"),))
BATCHES = Settings(landscape="linear_regression", steps=40, batch=16, noise=0.1, optimizers=(Card("gradient_descent", (("learning_rate", 0.05),)),))
OWN = Settings(landscape=OwnFormula("a*x^2 + (y - 1)^2", ((-2.0, 2.0), (-1.0, 3.0))), shape=(("a", 2.5),), steps=30)

KEPT = Settings(landscape="booth", steps=30, schedule="cosine", optimizers=(Card("adam"), Card("rprop")),
                kept=(Kept(Card("momentum", (("learning_rate", 0.01),)), (1.0, 2.0), 20), Kept(Card("adam", (("learning_rate", 0.5),)), (0.0, 0.0), 40, "steps")))  # fmt: skip


@pytest.mark.parametrize("settings", [TUNED, SHAPED, DIVERGED, SEEDED, OWN, KEPT, NOISY, BATCHES])
def test_the_script_reproduces_the_picture(settings):
    scene, names = runs.scene(settings), {}
    said = io.StringIO()
    with redirect_stdout(said):
        # The script is ours, from settings that were checked: this runs it as a person would.
        exec(compile(script(scene), "shown.py", "exec"), names)
    np.testing.assert_array_equal(names["surface"].loss, scene.relief.surface.loss)
    written = names["optimizers"].values()
    for run, given, line in zip((*scene.runs, *scene.kept), written, said.getvalue().splitlines(), strict=True):
        optimizer, start, steps, schedule = given if isinstance(given, tuple) else (given, scene.start, settings.steps, "constant")
        path = names["descend"](names["landscape"].loss, optimizer, start, steps, schedule=SCHEDULES[schedule]())
        assert path.diverged_at == run.record.diverged_at
        finite = slice(None) if path.diverged_at < 0 else slice(path.diverged_at)
        np.testing.assert_allclose(path.positions[finite], run.record.positions[finite], rtol=1e-6, atol=1e-9)
        told = float(line.split()[-1])
        assert told == path.diverged_at if path.diverged_at >= 0 else told == pytest.approx(run.record.losses[-1], rel=1e-5, abs=1e-12)


def test_a_formula_cannot_break_out_of_its_quotes():
    text = script(runs.scene(replace(OWN, landscape=OwnFormula("x^2 + a*y^2"))))
    assert "parse_formula('x^2 + a*y^2'" in text
