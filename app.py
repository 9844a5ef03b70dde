"""The door: `streamlit run app.py` and `uvicorn app:app` both serve Thalweg."""

from pathlib import Path

from streamlit.starlette import App

from views import server

server.configure()
app = App(
    Path(__file__).resolve().parent / "views" / "main.py",
    routes=server.routes(),
    middleware=server.middleware(),
    lifespan=server.lifespan,
    on_script_error=server.on_script_error,
)
