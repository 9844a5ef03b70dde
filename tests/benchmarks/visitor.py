"""A browser tab as the server sees it: Streamlit's websocket protocol, spoken as its front end does."""

import asyncio
import itertools
import json
import time
from collections import deque
from contextlib import asynccontextmanager
from typing import NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60  # seconds for one rerun
REMEMBERED = 2  # runs whose large messages the front end keeps and names to the server


class Answer(NamedTuple):
    """Seconds from an event to the message that carries its paths, and to the end of the rerun."""

    paths: float
    finished: float


class Visitor:
    """Holds what the front end holds: the values of all widgets, the page, the address, hashes of large messages."""

    def __init__(self, connection: ClientConnection, url: str):
        self.connection, self.url = connection, url
        self.state: dict = {}  # the stage's, from its latest message
        self._widgets: dict[str, WidgetState] = {}
        self._hashes: deque[str] = deque(maxlen=REMEMBERED)
        self._page = self._query = self._stage = ""
        self._numbers = itertools.count(1)

    async def act(self, **event) -> Answer:
        """Report an event of the stage and wait for its rerun to end."""
        identity = f"visitor-{next(self._numbers)}"
        trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{self._stage}__events")
        trigger.json_trigger_value = json.dumps([{"event": "event", "value": {**event, "id": identity}}])
        return await self._rerun(identity, trigger)

    async def enter(self) -> Answer:
        """The first run of the page."""
        return await self._rerun("")

    async def _rerun(self, identity: str, *trigger: WidgetState) -> Answer:
        message = BackMsg()
        run = message.rerun_script
        run.query_string, run.page_script_hash = self._query, self._page
        run.cached_message_hashes.extend(self._hashes)
        run.widget_states.widgets.extend([*self._widgets.values(), *trigger])
        run.context_info.timezone, run.context_info.locale, run.context_info.url = "UTC", "en-US", self.url
        started, answered = time.perf_counter(), None
        await self.connection.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while True:
                received = ForwardMsg.FromString(await self.connection.recv())
                self._take(received)
                now = time.perf_counter() - started
                if answered is None and self.state.get("seen") == identity and not self.state["busy"]:
                    answered = now
                if received.WhichOneof("type") == "script_finished" and answered is not None:
                    return Answer(answered, now)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":  # the session begins with the script's own hash; the page's comes here
            self._page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._show(message)

    def _show(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "bidi_component" and element.bidi_component.bytes:
            self._stage = element.bidi_component.id
            self.state = _state(element.bidi_component.bytes)
            self._hashes.append(message.hash)
        elif kind in ("number_input", "selectbox"):
            widget = getattr(element, kind)
            if widget.set_value or widget.id not in self._widgets:
                self._widgets[widget.id] = _value(widget)


@asynccontextmanager
async def visitor(url: str):
    """A visitor whose page has been shown once."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None) as connection:
        someone = Visitor(connection, url)
        await someone.enter()
        yield someone


def _state(content: bytes) -> dict:
    """The state in the metadata of a message in the safetensors layout."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["state"])


def _value(widget) -> WidgetState:
    state = WidgetState(id=widget.id)
    if not isinstance(widget, NumberInput):
        state.string_value = widget.raw_value if widget.set_value else widget.options[widget.default]
    elif widget.set_value or widget.HasField("default"):
        number = widget.value if widget.set_value else widget.default
        if widget.data_type == NumberInput.INT:
            state.int_value = int(number)
        else:
            state.double_value = number
    return state
