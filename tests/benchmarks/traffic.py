"""What goes over the wire between one page and its server."""

import base64
from dataclasses import dataclass, field

from playwright.sync_api import Page


@dataclass
class Traffic:
    """Counts since `reset`: websocket payloads both ways, bytes of HTTP responses (headers included), addresses."""

    page: Page
    sent: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    fetched: list[float] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def __post_init__(self):
        protocol = self.page.context.new_cdp_session(self.page)
        protocol.on("Network.webSocketFrameSent", lambda event: self.sent.append(_size(event)))
        protocol.on("Network.webSocketFrameReceived", lambda event: self.received.append(_size(event)))
        protocol.on("Network.loadingFinished", lambda event: self.fetched.append(event["encodedDataLength"]))
        protocol.on("Network.requestWillBeSent", lambda event: self.addresses.append(event["request"]["url"]))
        protocol.send("Network.enable")

    def reset(self) -> None:
        for counted in (self.sent, self.received, self.fetched, self.addresses):
            counted.clear()


def _size(event: dict) -> int:
    payload = event["response"]["payloadData"]
    return len(base64.b64decode(payload)) if event["response"]["opcode"] == 2 else len(payload)
