"""The command line: `thalweg app` serves the web app; the commands for one's own are in `views.commands`."""

import argparse
import json
import os
import runpy
import socket
import sys
from pathlib import Path

from views import __version__, capacity
from views.commands import add as add_own

LONGEST_HEAD = 4 * 2**20  # bytes: a link of any length that browsers send is answered, and shortened
APP = Path(__file__).resolve().parents[1] / "app.py"


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the `thalweg` command; `arguments` default to the command line's."""
    options = _parser().parse_args(arguments)
    _check_memory()
    options.run(options)


def _check_memory() -> None:
    try:
        import views.budget  # noqa: F401  (which reads how much there is)
    except ValueError as error:
        sys.exit(f"thalweg: {error}")


class _Parser(argparse.ArgumentParser):
    """One that answers a script in JSON as well."""

    def error(self, message: str):
        if "--json" in sys.argv[1:]:
            print(json.dumps({"error": message}))
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="thalweg", description="See how optimizers go down real loss landscapes.")
    parser.add_argument("--version", action="version", version=f"thalweg {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    app = commands.add_parser("app", help="serve the web app")
    app.add_argument("--port", type=_port, default=8501, help="0 picks a free one (default: %(default)s)")
    app.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other machines in (default: this one only)")
    app.set_defaults(run=_serve)
    add_own(commands)
    _add_site(commands)
    return parser


def _add_site(choices) -> None:
    site = choices.add_parser(
        "site", help="write a folder of live scenes for any web host", description="Write a folder of live scenes for any web host: no server of "
        "ours is needed. Timeline, views and leading rails stay live.",
        epilog="Examples: thalweg site course; thalweg site course '?landscape=himmelblau&optimizer=adam' 'networks?network=xor'",
    )  # fmt: skip
    site.add_argument("folder", type=Path, help="made where it is not there; one that holds something else is left alone")
    site.add_argument("links", nargs="*", metavar="LINK", help="an address of the Explore page, from its ? on will do, or of Networks: networks?... (default: a small course)")
    site.add_argument("--title", default="Optimizers on loss landscapes", help="of the index page (default: %(default)s)")
    site.set_defaults(run=_write_site)


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"expected a port number from 0 to 65535, got {text!r}")
    return int(text)


def _write_site(options: argparse.Namespace) -> None:
    from views.site import write_site

    try:
        index = write_site(options.folder, options.links, title=options.title, tell=lambda text: print(text, file=sys.stderr, flush=True))
    except ValueError as error:
        sys.exit(f"thalweg site: {error}")
    except OSError as error:  # one without a number is a sentence of ours
        refused = f"{error.filename} cannot be read: {(error.strerror or 'the system refuses').lower()}."
        sys.exit(f"thalweg site: {refused if error.errno else error}")
    except KeyboardInterrupt:
        sys.exit(f"thalweg site: Interrupted; what is in {options.folder} is whole, and the same call writes all of it again.")
    print(index)


def _serve(options: argparse.Namespace) -> None:
    # Listening before the slow imports: a taken port is known at once, and an early browser waits, not fails.
    listener = _listen(options.host, options.port)
    print(f"Thalweg: http://{_name(options.host)}:{listener.getsockname()[1]}  (Ctrl-C ends it)")
    print(f"Thalweg serves {capacity.sentence(capacity.cores())}.", flush=True)
    try:
        _run(listener)
    except KeyboardInterrupt:
        pass
    # A thread that compiles cannot be stopped, and Python ending under it aborts inside XLA.
    sys.stdout.flush()
    os._exit(0)


def _run(listener: socket.socket) -> None:
    import uvicorn

    app = runpy.run_path(str(APP))["app"]
    # An open page reconnects by itself, so nobody has to be waited for.
    settings = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, h11_max_incomplete_event_size=LONGEST_HEAD,
        ws_per_message_deflate=False,
    )
    uvicorn.Server(settings).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # The protocol is named because asyncio sets TCP_NODELAY only then: 0.5 ms a response, not 44.
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        reason = f"Thalweg cannot listen on port {port} of {host} ({error.strerror})"
        sys.exit(f"{reason}; choose another one with PORT= or --port.")
    return listener


def _name(host: str) -> str:
    return "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1") else host


if __name__ == "__main__":
    main()
