"""A browser tab as the server sees it: questions for scenes, and Streamlit's protocol as its front end speaks it."""

import asyncio
import itertools
import json
import time
from contextlib import asynccontextmanager
from typing import NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from tests.benchmarks.questions import Page, Reply

PATIENCE = 60  # seconds for one rerun
STAGE, LOOKS = "thalweg_stage", "thalweg_looks"  # components


class Answer(NamedTuple):
    """Seconds from an event to the answer with its paths, and of the rerun that it causes; the first one's status."""

    paths: float
    finished: float
    status: int = 200


class Component(NamedTuple):
    """Its id, and the part of the page that reruns alone with it; empty for the whole page."""

    id: str
    fragment: str


class Visitor:
    """Holds what the front end holds: the values of all widgets, the page, the address."""

    def __init__(self, connection: ClientConnection, page: Page, name: str = "", query: str = ""):
        self.connection, self.page = connection, page
        self.state: dict = {}  # the stage's, from its latest scene
        self.told: dict[str, dict] = {}  # what the page last told each component, by its name
        self.uploader = ""  # the id of the widget that takes a file
        self._seen = ""  # the last event that the page has handled
        self._widgets: dict[str, WidgetState] = {}
        self._name, self._page, self._query = name, "", query
        self._stage = self._looks = Component("", "")
        self._numbers = itertools.count(1)

    async def act(self, **event) -> Answer:
        """Report an event by both roads, as the stage does, and wait for both answers."""
        identity = f"visitor-{next(self._numbers)}"
        name, component = ("look", self._looks) if event["type"] == "look" else ("event", self._stage)
        trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{component.id}__events")
        trigger.json_trigger_value = json.dumps([{"event": name, "value": {**event, "id": identity}}])
        rerun = self.rerun(identity, trigger, component.fragment)
        reply, finished = await asyncio.gather(self._ask(event=event), rerun)
        return Answer(reply.seconds, finished, reply.status)

    async def enter(self) -> None:
        """The first run of the page, and its scene."""
        await self.rerun()
        if STAGE in self.told:
            await self.again()

    async def again(self) -> Reply:
        """Ask for the scene that the page has told, whole."""
        return await self._ask(whole=True)

    async def _ask(self, **question) -> Reply:
        told = self.told[STAGE]
        reply = await self.page.ask(told["scene"], {"query": told["query"], **question})
        self.state = reply.about.get("state", self.state)
        return reply

    async def rerun(self, identity: str = "", trigger: WidgetState | None = None, fragment: str = "") -> float:
        """Seconds until the page has run and has handled the event; a `trigger` counts for this run alone."""
        message = BackMsg()
        run = message.rerun_script
        run.query_string, run.page_script_hash = self._query, self._page
        run.page_name = "" if self._page else self._name
        run.fragment_id = fragment
        run.widget_states.widgets.extend([*self._widgets.values(), *filter(None, [trigger])])
        run.context_info.timezone, run.context_info.locale, run.context_info.url = "UTC", "en-US", self.page.url
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
        elif kind == "file_uploader":
            self.uploader = element.file_uploader.id

    def _mount(self, component, fragment: str) -> None:
        mounted, name = Component(component.id, fragment), component.component_name
        news = json.loads(component.json or "{}")
        self.told[name] = news
        self._seen = news.get("seen", self._seen)
        if name == STAGE:
            self._stage = mounted
        elif name == LOOKS:
            self._looks = mounted
            if "query" in news:  # the stage hears by this road where its own part of the page does not rerun
                self.told[STAGE] = {**self.told.get(STAGE, {}), **news}


@asynccontextmanager
async def visitor(url: str, name: str = "", query: str = ""):
    """A visitor whose page, by its name in the address, has been shown once."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    # A browser does not ask whether the server is still there, and does not wait for its farewell.
    calm = {"max_size": None, "ping_interval": None, "close_timeout": 1}
    async with connect(address, subprotocols=["streamlit"], **calm) as connection, Page(url) as page:
        someone = Visitor(connection, page, name, query)
        await someone.enter()
        yield someone


def _value(widget) -> WidgetState:
    state = WidgetState(id=widget.id)
    if not isinstance(widget, NumberInput):
        if widget.HasField("raw_value" if widget.set_value else "default"):  # else nothing is chosen
            state.string_value = widget.raw_value if widget.set_value else widget.options[widget.default]
    elif widget.set_value or widget.HasField("default"):
        number = widget.value if widget.set_value else widget.default
        if widget.data_type == NumberInput.INT:
            state.int_value = int(number)
        else:
            state.double_value = number
    return state
