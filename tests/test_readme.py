"""The README's example does what it says."""

import doctest


def test_the_library_example_runs_as_printed(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it writes a figure
    result = doctest.testfile(str(home / "README.md"), module_relative=False)
    assert result.attempted >= 10
    assert result.failed == 0
