"""A file given to the page "Your file", by Streamlit's own road for uploads."""

import asyncio
import io

import httpx2
import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs, UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.benchmarks.visitor import PATIENCE, Visitor

NAME = "surface.npz"
COOKIE, HEADER = "_streamlit_xsrf", "X-Xsrftoken"


def surface(number: int, points: int = 101) -> bytes:
    """A file of losses that no other number has."""
    axis = np.linspace(-3, 3, points)
    file = io.BytesIO()
    np.savez(file, x=axis, y=axis, loss=np.sin(number + axis)[None] + axis[:, None] ** 2)
    return file.getvalue()


async def upload(someone: Visitor, content: bytes) -> int:
    """The status of what the stage fetches of the file; of the upload where that failed; 0 where nothing is shown."""
    urls = await _addresses(someone)
    status = await _put(someone.page.url, urls.upload_url, content)
    if status >= 300:
        return status
    chosen = WidgetState(id=someone.uploader)
    info = UploadedFileInfo(name=NAME, size=len(content), file_id=urls.file_id, file_urls=urls)
    chosen.file_uploader_state_value.uploaded_file_info.append(info)
    await someone.rerun(trigger=chosen)
    shown = someone.told.get("thalweg_saved")
    return await someone.page.fetch(shown["data"] + shown["scene"]) if shown else 0


async def _addresses(someone: Visitor) -> FileURLs:
    message = BackMsg()
    message.file_urls_request.request_id = NAME
    message.file_urls_request.file_names.append(NAME)
    await someone.connection.send(message.SerializeToString())
    async with asyncio.timeout(PATIENCE):
        while True:
            received = ForwardMsg.FromString(await someone.connection.recv())
            if received.WhichOneof("type") == "file_urls_response":
                return received.file_urls_response.file_urls[0]


async def _put(url: str, address: str, content: bytes) -> int:
    async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE, verify=False) as client:
        await client.get("/_stcore/health")  # which brings the cookie that an upload repeats
        headers = {HEADER: client.cookies.get(COOKIE) or ""}
        return (await client.put(address, files={"file": (NAME, content)}, headers=headers)).status_code
