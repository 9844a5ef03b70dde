"""What `make app` says about the number of visitors."""

import re

import pytest

from views.capacity import CORES, EVENTS, PAUSE, cores, sentence


def visitors(cores: int) -> int:
    return int(re.match(r"about (\d+) visitors at once on", sentence(cores))[1])


def test_the_measured_machine_holds_who_acts_as_often_as_events_are_answered():
    assert visitors(CORES) == round(EVENTS * PAUSE)
    assert "estimated" not in sentence(CORES)


@pytest.mark.parametrize("cores", [1, 4, 64])
def test_other_machines_are_said_to_be_estimated(cores):
    assert sentence(cores).endswith("(estimated)")


def test_more_cores_never_hold_fewer_and_one_holds_half():
    assert visitors(1) == round(visitors(2) / 2)
    assert visitors(2) <= visitors(8)


def test_one_core_is_no_plural():
    assert "1 core (" in sentence(1) and "2 cores" in sentence(2)


def test_this_machine_has_a_core():
    assert cores() >= 1
