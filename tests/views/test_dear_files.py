"""Small files that are dear to read: shown or refused in a sentence of ours, in little memory, and all of them end."""

import json
import subprocess
import sys

import pytest

from tests.views import dear

MIB = 300


@pytest.mark.skipif(sys.platform == "win32", reason="each file is opened in a fork of a process")
def test_a_dear_file_is_shown_or_refused_in_a_sentence_and_little_memory(tmp_path, home):
    pytest.importorskip("h5py", reason="h5py is not installed")
    dear.write(tmp_path)
    command = [sys.executable, "-W", "ignore", "-m", "tests.views.dear", str(tmp_path)]
    outcomes = [json.loads(line) for line in subprocess.run(command, cwd=home, capture_output=True, text=True, check=True, timeout=300).stdout.splitlines()]
    assert [each["name"] for each in outcomes] == list(dear.FILES)
    for each in outcomes:
        words = dear.FILES[each["name"]][1]
        assert each["said"].startswith("ValueError: ") and words in each["said"] if words else each["said"] == "", each
        assert each["mib"] < MIB, each
