"""A page in one file: the live stage with everything in it, for a disk, a mail or any web host."""

import base64
import gzip
from collections.abc import Mapping
from html import escape
from pathlib import Path

from landscapes.files.target import write
from views import bundle
from views.assets import plotly_js
from views.saved import Saved, saved
from views.settings import Settings

# Nothing is fetched: whoever opens the file can rely on it.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob: 'wasm-unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:"
)

STYLE = """
:root {color-scheme: light dark; --st-font: system-ui, sans-serif}
body {margin: 0; font-family: var(--st-font); color: var(--st-text-color); background: var(--st-background-color)}
:root {--st-text-color: #1d2a33; --st-background-color: #fcfcfb; --st-primary-color: #0b6fa4; --st-link-color: #0b6fa4}
@media (prefers-color-scheme: dark) {
  :root {--st-text-color: #e4eaee; --st-background-color: #12181d; --st-primary-color: #247cb0; --st-link-color: #7cc7ec}
}
main {max-width: 100rem; margin: 0 auto; padding: 1rem 2rem 2rem}
h1 {font-size: 1.5rem; margin: 0 0 0.75rem}
a {color: var(--st-link-color)}
main > p {font-size: 0.9rem; max-width: 60rem; overflow-wrap: anywhere}
@media (max-width: 40rem) {main {padding: 0.75rem}}
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
{head}
</head>
<body>
<main>
{above}<h1>{title}</h1>
{main}
</main>
{scripts}
</body>
</html>
"""
STAGE = """<div id="stage"></div>
<noscript>This page draws its picture with JavaScript, which is turned off here.</noscript>"""

# Base64 of gzip, which the browser itself unpacks.
START = """
async function part(name) {
  const packed = Uint8Array.from(atob(document.getElementById(name).textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
function run(text) {
  const script = document.createElement("script");
  script.textContent = text;
  document.head.append(script);
}
async function start() {
  const element = document.getElementById("stage");
  if (!window.DecompressionStream) {
    element.textContent = "This page needs a newer browser: Chrome or Edge 80, Firefox 113, Safari 16.4.";
    return;
  }
  const text = new TextDecoder();
  run(text.decode(await part("plotly")));
  run(`window.thalweg = ${text.decode(await part("code"))}`);
  const scene = new Uint8Array(await part("scene"));
  await window.thalweg.showSaved(element, { Plotly: window.Plotly, scene, blob: part });
}
start();
"""

BARE = "This page works without a server: turn and zoom the picture."
ALONE = "This page works without a server: play the timeline, turn and zoom the picture."
RAILS = (
    f"{ALONE[:-1]}, drag the rails. Every value of a rail is a run that was computed and saved with the page; "
    "a new start, another shape or landscape needs the app, Thalweg."
)


def standalone_html(what, paths: Mapping[str, object] | None = None, **options) -> str:
    """One HTML file with the live stage inside; the arguments are those of `views.saved.saved`.

    It holds plotly.js, the stage, the surface, the paths and every lane of the rails, and fetches nothing.
    """
    return page(what if isinstance(what, Saved) else saved(what, paths, **options))


def save_html(file: str | Path, what: str | Settings, paths: Mapping[str, object] | None = None, **options) -> Path:
    """Write `standalone_html` to a file and return its path. Raises NotWritten, in one sentence, where the disk refuses."""
    target = Path(file)
    write(target, standalone_html(what, paths, **options).encode())
    return target


def page(scene: Saved) -> str:
    """The file of a saved scene."""
    parts = {"plotly": plotly_js().raw, "code": bundle.script("alone").encode(), "scene": scene.message, **scene.blobs}
    head = f'<meta name="generator" content="{escape(scene.state["made"])}">\n<style>{STYLE + bundle.css()}</style>'
    scripts = "\n".join([*(_embedded(name, content) for name, content in parts.items()), f"<script>\n{START.strip()}\n</script>"])
    return document(scene.title, POLICY, head, f"{STAGE}\n{notes(scene)}", scripts)


def document(title: str, policy: str, head: str, main: str, scripts: str = "", above: str = "") -> str:
    """A whole page. Only the title is text; all else is HTML that its callers have escaped."""
    return PAGE.format(title=escape(title), policy=policy, head=head, main=main, scripts=scripts, above=above)


def notes(scene: Saved) -> str:
    """What stands under the stage: how to use it, and how it was made."""
    cards = scene.state["optimizers"]
    use = RAILS if any(card["knobs"] for card in cards) else ALONE if cards else BARE
    linked = f" The same in the app: <code>{escape(f'{scene.page}?{scene.link}')}</code>" if scene.link else ""
    return f"<p>{escape(use)}</p>\n<p>{escape(scene.state['made'])}{linked}</p>"


def _embedded(name: str, content: bytes) -> str:
    packed = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
    return f'<script type="text/plain" id="{escape(name)}">{packed}</script>'
