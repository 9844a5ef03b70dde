"""Slow modules are imported by one thread at a time, and nobody who is served waits for that."""

import asyncio
import sys
import threading

import pytest

from views import loading

NAMES = ("slow_left", "slow_right")


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """Two modules that tell when they begin and end; between lies long enough for the other to begin. The list of what they told."""
    for name in NAMES:
        code = f"import time\nfrom views.loading import said\nsaid.append('{name} begins')\ntime.sleep(0.2)\nsaid.append('{name} ends')\n"
        (tmp_path / f"{name}.py").write_text(code)
    said = []
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(loading, "said", said, raising=False)
    yield said
    for name in NAMES:
        sys.modules.pop(name, None)
        loading._whole.pop(name, None)


def test_two_threads_import_one_after_the_other(slow):
    threads = [threading.Thread(target=loading.load, args=(name,)) for name in NAMES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.split()[1] for each in slow] == ["begins", "ends", "begins", "ends"]
    assert [loading.load(name) for name in NAMES] == [sys.modules[name] for name in NAMES]
    assert len(slow) == 4


def test_whoever_is_served_goes_on_while_a_question_imports(slow):
    async def serve():
        importing = asyncio.ensure_future(loading.loaded("slow_left"))
        while not slow:
            await asyncio.sleep(0.01)
        assert slow == ["slow_left begins"]
        assert await importing is await loading.loaded("slow_left") is sys.modules["slow_left"]

    asyncio.run(serve())
