"""Compiled programs outlive the server: those of the pages that it computes ahead are read back at its next start."""

import os
import platform
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from math import inf
from pathlib import Path

SETTINGS = "jax_persistent_cache_min_compile_time_secs", "jax_persistent_cache_min_entry_size_bytes"
_lock = threading.Lock()
_before: list[list] = []  # of these settings, which are one for the whole process; an entry for each thread under `kept`


def keep_programs() -> None:
    """Tell JAX's compilation cache its folder; to be called before JAX is imported. Whoever has chosen one keeps it.

    A program is machine code, so the folder is the user's own, one for each kind of processor. Nothing is written to
    it except under `kept`: what visitors make the server compile has no bound.
    """
    with suppress(OSError, RuntimeError):  # no home, a full disk: everything is compiled anew, as ever
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thalweg" / _processor()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and (folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o022):
            return
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", str(inf))
        # Some processors refuse every entry; then there is nothing to gain, and nothing to be told.
        warnings.filterwarnings("ignore", ".*persistent compilation cache")


@contextmanager
def kept() -> Iterator[None]:
    """What is compiled meanwhile is written to the folder, if there is one. Threads may overlap: the last one out ends it."""
    import jax

    with _lock:
        _before.append([getattr(jax.config, name) for name in SETTINGS])
        jax.config.update(SETTINGS[0], 0.0), jax.config.update(SETTINGS[1], -1)
    try:
        yield
    finally:
        with _lock:
            # Whoever came in later found what is set here: the first one's is put back by the last.
            for name, value in zip(SETTINGS, _before.pop()):
                jax.config.update(name, value)


def _processor() -> str:
    """What machine code depends on: a home may be shared by machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        known = "\n".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))
    except OSError:
        known = platform.processor()
    return f"{platform.machine()}-{sha256(known.encode()).hexdigest()[:8]}"
