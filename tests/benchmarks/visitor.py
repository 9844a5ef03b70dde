"""A browser tab as the server sees it: questions for scenes, and Streamlit's protocol as its front end speaks it."""

import asyncio
import itertools
import json
import time
import urllib.request
from contextlib import asynccontextmanager
from typing import NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60  # seconds for one rerun


class Answer(NamedTuple):
    """Seconds from an event to the answer that carries its paths, and of the rerun that it causes."""

    paths: float
    finished: float


class Component(NamedTuple):
    """Its id, and the part of the page that reruns alone with it; empty for the whole page."""

    id: str
    fragment: str


class Visitor:
    """Holds what the front end holds: the values of all widgets, the page, the address."""

    def __init__(self, connection: ClientConnection, url: str):
        self.connection, self.url = connection, url
        self.state: dict = {}  # the stage's, from its latest scene
        self._told: dict = {}  # what the page last told the stage
        self._seen = ""  # the last event that the page has handled
        self._widgets: dict[str, WidgetState] = {}
        self._page = self._query = ""
        self._stage = self._looks = Component("", "")
        self._numbers = itertools.count(1)

    async def act(self, **event) -> Answer:
        """Report an event by both roads, as the stage does, and wait for both answers."""
        identity = f"visitor-{next(self._numbers)}"
        name, component = ("look", self._looks) if event["type"] == "look" else ("event", self._stage)
        trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{component.id}__events")
        trigger.json_trigger_value = json.dumps([{"event": name, "value": {**event, "id": identity}}])
        async with asyncio.TaskGroup() as group:
            paths = group.create_task(self._ask(event=event))
            finished = group.create_task(self._rerun(identity, trigger, component.fragment))
        return Answer(paths.result(), finished.result())

    async def enter(self) -> None:
        """The first run of the page, and its scene."""
        await self._rerun("")
        await self.again()

    async def again(self) -> float:
        """Ask for the scene that the page has told, whole; seconds."""
        return await self._ask(whole=True)

    async def _ask(self, **question) -> float:
        asked = json.dumps({"query": self._told["query"], **question}).encode()
        started = time.perf_counter()
        content = await asyncio.to_thread(_post, self.url + self._told["scene"], asked)
        taken = time.perf_counter() - started
        self.state = _metadata(content).get("state", self.state)
        return taken

    async def _rerun(self, identity: str, trigger: WidgetState | None = None, fragment: str = "") -> float:
        message = BackMsg()
        run = message.rerun_script
        run.query_string, run.page_script_hash = self._query, self._page
        run.fragment_id = fragment
        run.widget_states.widgets.extend([*self._widgets.values(), *filter(None, [trigger])])
        run.context_info.timezone, run.context_info.locale, run.context_info.url = "UTC", "en-US", self.url
        started, answered = time.perf_counter(), False
        await self.connection.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while True:
                received = ForwardMsg.FromString(await self.connection.recv())
                self._take(received)
                answered = answered or self._seen == identity
                if received.WhichOneof("type") == "script_finished" and answered:
                    return time.perf_counter() - started

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
        if kind == "bidi_component":
            self._mount(element.bidi_component, message.delta.fragment_id)
        elif kind in ("number_input", "selectbox"):
            widget = getattr(element, kind)
            if widget.set_value or widget.id not in self._widgets:
                self._widgets[widget.id] = _value(widget)


    def _mount(self, component, fragment: str) -> None:
        mounted = Component(component.id, fragment)
        if component.component_name == "thalweg_stage":
            self._stage = mounted
        elif component.component_name == "thalweg_looks":
            self._looks = mounted
        else:
            return
        self._told |= json.loads(component.json)
        self._seen = self._told["seen"]


@asynccontextmanager
async def visitor(url: str):
    """A visitor whose page has been shown once."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None) as connection:
        someone = Visitor(connection, url)
        await someone.enter()
        yield someone


def _post(address: str, content: bytes) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(address, content, {"Content-Type": "application/json"})) as answer:
        return answer.read()


def _metadata(content: bytes) -> dict:
    """The metadata of a message in the safetensors layout."""
    length = int.from_bytes(content[:8], "little")
    texts = json.loads(content[8 : 8 + length])["__metadata__"]
    return {name: json.loads(text) for name, text in texts.items()}


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
