"""The wheel: everything is inside it, and it starts from any folder."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from views import __version__

PACKAGES = ("landscapes", "optimizers", "views")


@pytest.fixture(scope="module")
def wheel(home, tmp_path_factory) -> Path:
    """A wheel built from this tree by the backend that pyproject.toml names."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps"]
    subprocess.run([*build, "-w", folder, home], check=True, timeout=120)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A fresh environment holding the wheel; its dependencies are those of the running one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True,
        timeout=120,
    )
    own = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    (Path(own.strip()) / "parent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def test_the_wheel_holds_every_file_that_the_app_needs(home, wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {"app.py", ".streamlit/config.toml", "views/main.py"}
    for folder in PACKAGES:
        expected |= {path.relative_to(home).as_posix() for path in (home / folder).rglob("*.py")}
    for path in (home / "assets").rglob("*"):
        if path.is_file():
            expected.add(path.relative_to(home).as_posix())
    assert expected <= inside
    assert not any(name.startswith("tests/") or "__pycache__" in name for name in inside)


def test_the_command_says_its_version(installed, tmp_path):
    said = subprocess.check_output([installed / "thalweg", "--version"], cwd=tmp_path, text=True, env=_environment())
    assert said == f"thalweg {__version__}\n"


def test_the_library_comes_from_the_wheel(installed, tmp_path):
    program = "import landscapes, optimizers; print(landscapes.__file__, len(landscapes.LANDSCAPES))"
    said = subprocess.check_output([installed / "python", "-c", program], cwd=tmp_path, text=True, env=_environment())
    assert said.startswith(str(installed.parent))


def test_the_app_starts_from_an_empty_folder_and_ctrl_c_ends_it(home, installed, tmp_path):
    script = next((home / "assets").rglob("*.js")).relative_to(home / "assets").as_posix()
    log = tmp_path / "log.txt"
    with log.open("wb") as out:
        command = [installed / "thalweg", "app", "--port", "0"]
        (tmp_path / "empty").mkdir()
        process = subprocess.Popen(command, cwd=tmp_path / "empty", stdout=out, stderr=out, env=_environment())
    try:
        address = _address(process, log)
        assert "<title>" in _read(address)
        assert _read(f"{address}/assets/0/plotly.min.js").startswith("/**\n* plotly.js")
        assert _read(f"{address}/assets/0/{script}") == (home / "assets" / script).read_text()
        assert _read(f"{address}/_stcore/health") == "ok"
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(15)
    assert code == 0
    first, second = log.read_text().splitlines()  # nothing else is said
    assert address in first and "visitors at once" in second


def test_the_first_page_of_the_installed_app_runs(installed, tmp_path):
    program = (
        "from importlib.util import find_spec\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file(find_spec('views.main').origin, default_timeout=90).run()\n"
        "assert not page.exception, page.exception\n"
    )
    subprocess.run(
        [installed / "python", "-c", program], cwd=tmp_path, check=True, capture_output=True, env=_environment()
    )


def _address(process: subprocess.Popen, log: Path) -> str:
    deadline = time.monotonic() + 30
    while not (found := re.search(r"http://\S+", log.read_text())):
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found[0]


def _read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read().decode()
