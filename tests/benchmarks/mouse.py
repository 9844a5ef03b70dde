"""A pointer that moves 125 times a second and waits for nothing, as a real one does."""

import json
import time
import urllib.request
from collections.abc import Callable
from itertools import count

from websockets.sync.client import connect

EVERY = 0.008  # seconds


def move_for(seconds: float, port: int, place: Callable[[float], tuple[float, float]]) -> float:
    """Move with the left button held over `place(seconds since the start)`; returns the seconds it took.

    Playwright waits until the page has handled each move, which a busy page answers at half its frame rate:
    the moves go straight to the debugging protocol at `port`, and their answers are not waited for.
    """
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
        page = next(target for target in json.load(answer) if target["type"] == "page")
    with connect(page["webSocketDebuggerUrl"], close_timeout=0.1, max_queue=None) as protocol:
        started = time.perf_counter()
        for number in count(1):
            x, y = place(time.perf_counter() - started)
            move = {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1}
            protocol.send(json.dumps({"id": number, "method": "Input.dispatchMouseEvent", "params": move}))
            time.sleep(max(0.0, started + number * EVERY - time.perf_counter()))
            if time.perf_counter() - started > seconds:
                return time.perf_counter() - started
