"""The project as someone who clones it meets it: make, configuration, pins, and what must not stand in a file."""

import re
import shutil
import socket
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from streamlit import config

REGISTRIES = r"p[y]pi[.]org|python[h]osted|registry[.]n[p]mjs|deb[.]d[e]bian"
MACHINE_PATHS = r"(^|[^a-zA-Z0-9_.])/([w]ork|[f]arm|[r]oot)/"


@pytest.fixture(scope="module")
def make(home):
    if shutil.which("make") is None:
        pytest.skip("make is not installed")

    def make(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["make", "--silent", *arguments], cwd=home, capture_output=True, text=True, timeout=60
        )

    return make


@pytest.fixture(scope="module")
def options(home):
    return tomllib.loads((home / ".streamlit" / "config.toml").read_text())


def said(result: subprocess.CompletedProcess) -> list[str]:
    """What was said on stderr, without make's own last line."""
    return [line for line in result.stderr.splitlines() if not line.startswith("make")]


def test_a_taken_port_is_one_sentence(make):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = make("app", "READY=", f"RUN={sys.executable}", f"PORT={port}")
    assert result.returncode != 0
    assert len(said(result)) == 1
    assert f"port {port}" in said(result)[0]


@pytest.mark.parametrize("port", ["70000", "web", "-1"])
def test_a_port_that_is_none_says_what_was_expected(make, port):
    result = make("app", "READY=", f"RUN={sys.executable}", f"PORT={port}")
    assert result.returncode != 0
    assert "from 0 to 65535" in result.stderr


def test_an_old_python_is_one_sentence(make, tmp_path):
    old = tmp_path / "python3.10"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    result = make("app", f"VENV={tmp_path}/venv", f"PYTHON={old}")
    assert result.returncode != 0
    assert len(said(result)) == 1
    assert "needs Python 3.11 or newer" in said(result)[0]
    assert not (tmp_path / "venv").exists()


def test_a_missing_python_is_one_sentence(make, tmp_path):
    result = make("app", f"VENV={tmp_path}/venv", "PYTHON=no-such-python")
    assert result.returncode != 0
    assert len(said(result)) == 1
    assert "no-such-python" in said(result)[0]


def test_this_streamlit_knows_every_configured_option(options):
    known = config.get_config_options()
    for name in _names(options):
        assert name in known, f"{name} is gone from this Streamlit: find what replaced it"


def test_no_collection_runs_after_every_rerun(options):
    assert options["runner"]["postScriptGC"] is False


def test_the_configuration_holds_from_another_folder_and_yields_to_the_persons_own(home, tmp_path):
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text("[server]\nmaxUploadSize = 3\n")
    script = (
        f"import sys; sys.path.insert(0, {str(home)!r})\n"
        "from views import server\n"
        "from streamlit import config\n"
        "server.configure()\n"
        "for name in ('runner.postScriptGC', 'client.showErrorDetails', 'theme.dark.primaryColor', "
        "'server.maxUploadSize'):\n"
        "    print(config.get_option(name))\n"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "none", "#247cb0", "3"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_and_the_accent_seen(options, theme):
    colours = options["theme"][theme]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert _contrast(colours["textColor"], colours[ground]) >= 7
        assert _contrast(colours["linkColor"], colours[ground]) >= 4.5
        assert _contrast(colours["primaryColor"], colours[ground]) >= 3
    # Streamlit writes white on its primary buttons.
    assert _contrast("#ffffff", colours["primaryColor"]) >= 4.5


def test_every_dependency_is_pinned_within_its_range(home):
    pins = dict(line.split("==") for line in (home / "requirements.txt").read_text().split())
    pins = {name.lower(): version for name, version in pins.items()}
    project = tomllib.loads((home / "pyproject.toml").read_text())
    named = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["test"]
    for requirement in map(Requirement, named + project["build-system"]["requires"]):
        assert Version(pins[requirement.name.lower()]) in requirement.specifier


def test_no_tracked_file_names_a_registry_or_a_path_of_one_machine(home):
    if shutil.which("git") is None or not (home / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=home, capture_output=True, text=True, check=True)
    forbidden = re.compile(f"{REGISTRIES}|{MACHINE_PATHS}", re.MULTILINE)
    for name in filter(None, listed.stdout.split("\0")):
        path = home / name
        text = path.read_bytes().decode(errors="ignore") if path.is_file() else ""
        found = forbidden.search(text)
        assert not found, f"{name} contains {found[0]!r}"


def _names(table: dict, prefix: str = "") -> list[str]:
    names = []
    for name, value in table.items():
        names += _names(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
    return names


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of two #rrggbb colours (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
