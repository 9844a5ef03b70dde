"""Programs are kept in a private folder, and only those that the server chose to compile."""

import os
from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from views.compiled import SETTINGS, keep_programs, kept

FOLDER, LEAST = "JAX_COMPILATION_CACHE_DIR", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"


@pytest.fixture
def home(monkeypatch, tmp_path):
    for name in (FOLDER, LEAST):  # set first, so that they are taken away again
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_the_folder_is_the_users_own_and_nothing_is_written_unasked(home):
    keep_programs()
    (folder,) = (home / "thalweg").iterdir()
    assert os.environ[FOLDER] == str(folder) and float(os.environ[LEAST]) == inf
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_write_to_is_not_used(home):
    keep_programs()
    (folder,) = (home / "thalweg").iterdir()
    folder.chmod(0o777)
    del os.environ[FOLDER]
    keep_programs()
    assert FOLDER not in os.environ


def test_whoever_chose_a_folder_keeps_it_and_a_lack_of_one_is_no_harm(home, monkeypatch):
    monkeypatch.setenv(FOLDER, "mine")
    keep_programs()
    assert os.environ[FOLDER] == "mine"
    monkeypatch.delenv(FOLDER)
    (home / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "file"))
    keep_programs()
    assert FOLDER not in os.environ


def test_only_what_is_compiled_under_kept_is_written(tmp_path):
    from jax._src import compilation_cache  # reset: it looks at its folder once in a process

    compilation_cache.reset_cache()
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", inf)
    try:
        jax.jit(lambda x: jnp.sin(x) * 3)(np.ones(7))
        assert not list(tmp_path.iterdir())
        with kept():
            jax.jit(lambda x: jnp.cos(x) * 5)(np.ones(7))
        written = set(tmp_path.iterdir())
        jax.jit(lambda x: jnp.tan(x) * 7)(np.ones(7))
        assert written and set(tmp_path.iterdir()) == written
    finally:
        jax.config.update("jax_compilation_cache_dir", None)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 1.0)
        compilation_cache.reset_cache()


def test_threads_that_keep_programs_at_once_leave_the_settings_as_they_were():
    before = [getattr(jax.config, name) for name in SETTINGS]
    first, second = kept(), kept()
    first.__enter__(), second.__enter__()
    first.__exit__(None, None, None)
    assert [getattr(jax.config, name) for name in SETTINGS] == [0.0, -1]
    second.__exit__(None, None, None)
    assert [getattr(jax.config, name) for name in SETTINGS] == before
