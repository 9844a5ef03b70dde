"""What goes over the wire between one page and its server."""

import base64
from dataclasses import dataclass, field

from playwright.sync_api import Page


@dataclass
class Traffic:
    """Since `reset`: sizes of websocket payloads both ways and of HTTP responses (headers included), and addresses.

    `history` holds every address asked for since the traffic is watched.
    """

    page: Page
    sent: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    fetched: list[float] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)

    def __post_init__(self):
        protocol = self.page.context.new_cdp_session(self.page)
        protocol.on("Network.webSocketFrameSent", lambda event: self.sent.append(_size(event)))
        protocol.on("Network.webSocketFrameReceived", lambda event: self.received.append(_size(event)))
        protocol.on("Network.loadingFinished", lambda event: self.fetched.append(event["encodedDataLength"]))
        protocol.on("Network.requestWillBeSent", self._ask)
        protocol.send("Network.enable")

    def _ask(self, event: dict) -> None:
        for addresses in (self.addresses, self.history):
            addresses.append(event["request"]["url"])

    def reset(self) -> None:
        for counted in (self.sent, self.received, self.fetched, self.addresses):
            counted.clear()


def _size(event: dict) -> int:
    payload = event["response"]["payloadData"]
    return len(base64.b64decode(payload)) if event["response"]["opcode"] == 2 else len(payload)
