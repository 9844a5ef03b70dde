"""`TrainingJob`: side by side in the background, paused, cancelled and let go of at once."""

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from optimizers import OPTIMIZERS, Batches, Budget, TrainingJob, train
from tests.optimizers.perceptron import flat, perceptron, start

NETWORK = perceptron()
OPTIONS = {"batches": Batches(40, 8), "full_loss": NETWORK.loss}
PAIR = {"gradient_descent": OPTIMIZERS["gradient_descent"](), "adam": OPTIMIZERS["adam"](learning_rate=0.03)}
ENDLESS = 10_000_000


def job(optimizers=PAIR, steps=ENDLESS, **options):
    return TrainingJob(NETWORK.batch_loss, optimizers, start(), steps, **(OPTIONS | {"keep": Budget(10_000)} | options))


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


def stands_still(job):
    before = job.snapshot().done
    time.sleep(0.2)
    return job.snapshot().done == before


def test_its_runs_are_those_of_train():
    running = job(steps=700, keep=Budget()).start()
    assert running.wait(60)
    snapshot = running.snapshot()
    assert snapshot.status == "finished" and snapshot.done == snapshot.total == 1400 and snapshot.seconds_left == 0
    for key, optimizer in PAIR.items():
        run = train(NETWORK.batch_loss, optimizer, start(), 700, **OPTIONS)
        assert snapshot.progress[key].status == "done"
        np.testing.assert_array_equal(snapshot.runs[key].losses, run.losses)
        np.testing.assert_array_equal(flat(snapshot.runs[key].positions, 701), flat(run.positions, 701))
        np.testing.assert_array_equal(snapshot.runs[key].full_losses, run.full_losses)


def test_a_job_in_pieces_runs_where_it_is_iterated_and_gives_the_same_runs():
    pieces, threads = job(steps=700, keep=Budget()), threading.active_count()
    with ThreadPoolExecutor(1) as compiler:
        computed = list(pieces.in_pieces(compiler))
    assert threading.active_count() == threads and pieces._thread is None
    assert computed[-1] and sum(computed) >= 3, "a call for each run, each time"
    snapshot = pieces.snapshot()
    assert snapshot.status == "finished" and snapshot.done == snapshot.total == 1400
    for key, optimizer in PAIR.items():
        run = train(NETWORK.batch_loss, optimizer, start(), 700, **OPTIONS)
        np.testing.assert_array_equal(snapshot.runs[key].losses, run.losses)
        np.testing.assert_array_equal(flat(snapshot.runs[key].positions, 701), flat(run.positions, 701))


def test_a_job_in_pieces_stands_still_in_a_pause_and_ends_when_it_is_cancelled():
    running = job()
    with ThreadPoolExecutor(1) as compiler:
        pieces = running.in_pieces(compiler)
        until(lambda: next(pieces) and running.snapshot().done > 0)
        running.pause()
        done = running.snapshot().done
        assert [next(pieces) for _ in range(3)] == [False] * 3
        assert running.snapshot().done == done > 0 and running.snapshot().status == "paused"
        running.resume()
        assert next(pieces)
        running.cancel()
        assert list(pieces) == [] and running.snapshot().status == "cancelled"
        again = running.in_pieces(compiler)
        until(lambda: next(again) and running.snapshot().done > done)
        again.close()


def test_paths_grow_together_and_a_snapshot_never_changes():
    running = job().start()
    until(lambda: len(running.snapshot().runs) == 2 and running.snapshot().done > 3000)
    early = running.snapshot()
    copies = {key: (run.losses.copy(), flat(run.positions, len(run.kept))) for key, run in early.runs.items()}
    until(lambda: running.snapshot().done > 4 * early.done)
    running.cancel()
    for key, (losses, positions) in copies.items():
        np.testing.assert_array_equal(early.runs[key].losses, losses)
        np.testing.assert_array_equal(flat(early.runs[key].positions, len(positions)), positions)
    steps = [run.steps for run in running.snapshot().runs.values()]
    assert max(steps) - min(steps) <= 2 * 256 and early.seconds_left > 0


def test_pause_resume_and_cancel_take_effect_within_a_call():
    running = job().start()
    until(lambda: running.snapshot().done > 500)
    running.pause()
    time.sleep(0.5)
    assert stands_still(running) and running.snapshot().status == "paused"
    paused_at = running.snapshot().done
    running.resume()
    until(lambda: running.snapshot().done > paused_at)
    running.cancel()
    until(lambda: running.snapshot().status == "cancelled")
    assert stands_still(running) and running.snapshot().over
    assert running.snapshot().runs["adam"].steps > 0


def test_a_cancelled_job_goes_on_where_it_was_and_a_finished_one_further():
    running = job(steps=400, keep=Budget(30 * 84 * 2)).start()
    running.cancel()
    assert running.start().wait(60)
    assert running.snapshot().status == "finished"
    running.extend(200)
    assert running.wait(60)
    run = running.snapshot().runs["adam"]
    whole = train(NETWORK.batch_loss, PAIR["adam"], start(), 600, **OPTIONS)
    np.testing.assert_array_equal(run.losses, whole.losses)
    np.testing.assert_array_equal(flat(run.positions, len(run.kept)), flat(whole.positions, 601)[run.kept])
    assert run.kept[-1] == 600 and len(run.kept) <= 30


def test_a_job_that_nobody_looks_at_ends():
    running = job(patience=0.3).start()
    thread = running._thread
    until(lambda: not thread.is_alive())
    assert running.snapshot().status == "abandoned"
    paused = job(patience=0.3).start()
    paused.pause()
    until(lambda: not paused._thread.is_alive())


def test_a_job_that_nobody_holds_ends():
    running = job(patience=1e6).start()
    thread = running._thread
    until(lambda: running.snapshot().done > 0)
    del running
    gc.collect()
    until(lambda: not thread.is_alive())


def test_a_run_that_diverges_or_fails_leaves_the_others_alone():
    class Broken(OPTIMIZERS["gradient_descent"]):
        title = "Broken"

        def transform(self):
            raise ArithmeticError("no such rule")

    wild = OPTIMIZERS["gradient_descent"](learning_rate=1e30)
    running = job({"wild": wild, "broken": Broken(), "adam": PAIR["adam"]}, steps=300, keep=Budget()).start()
    assert running.wait(60)
    progress = running.snapshot().progress
    assert progress["wild"].status == "diverged"
    assert progress["wild"].sentence == f"Gradient descent diverged at step {progress['wild'].run.diverged_at}."
    assert progress["broken"].status == "failed" and progress["broken"].run is None
    assert progress["broken"].sentence == "Broken stopped: ArithmeticError: no such rule"
    assert progress["adam"].status == "done" and running.snapshot().status == "finished"
    run = train(NETWORK.batch_loss, PAIR["adam"], start(), 300, **OPTIONS)
    np.testing.assert_array_equal(progress["adam"].run.losses, run.losses)


def test_snapshots_from_many_threads_are_whole():
    running = job(steps=2000, keep=Budget()).start()

    def look(_):
        while not (snapshot := running.snapshot()).over:
            for run in snapshot.runs.values():
                assert len(run.losses) == run.steps + 1 == len(run.evaluations)
                assert len(run.kept) == len(run.full_losses) == len(run.positions[0][0])
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(look, range(4)))


def test_what_cannot_run_is_refused_at_once():
    with pytest.raises(ValueError, match="at least one optimizer"):
        job({})
    with pytest.raises(TypeError, match="Adam is a class"):
        job({"adam": OPTIMIZERS["adam"]})
    with pytest.raises(ValueError, match="a run has 125 bytes: not enough"):
        job(keep=Budget(250))
