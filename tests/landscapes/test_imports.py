"""Imports go down only; checked in fresh interpreters, where nothing else has been imported."""

import subprocess
import sys

import pytest

SLOW_OR_ABOVE = ("sklearn", "streamlit", "plotly", "views", "app")


def loaded_by(statement):
    """Names of the top-level modules loaded after `statement`."""
    code = f"{statement}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


# The optimizers stand on the ground floor of the landscapes, and not the other way round.
@pytest.mark.parametrize("package, above", [("landscapes", ("optimizers", *SLOW_OR_ABOVE)), ("optimizers", SLOW_OR_ABOVE)])
def test_a_package_loads_nothing_above_it_and_nothing_slow(package, above):
    loaded = loaded_by(f"import {package}")
    assert package in loaded
    assert not loaded & set(above)


def test_real_data_need_no_slow_import():
    assert not {"sklearn", "scipy"} & loaded_by("from landscapes import LANDSCAPES\nLANDSCAPES['tanh_neuron'].data")
    assert "sklearn" not in loaded_by("from landscapes.networks import load\nload('digits')")
