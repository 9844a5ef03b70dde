"""A folder of live scenes for any web host: an index with pictures, a page a scene, and what the pages share."""

import base64
import gzip
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from views import bundle, standalone
from views.assets import plotly_js
from views.saved import Saved, parted, saved, settings_of, wholly
from views.settings import build
from views.thumbnail import SIZE, png

COURSE = (
    "?landscape=quadratic_bowl&optimizer=gradient_descent",
    "?landscape=ravine&optimizer=gradient_descent&optimizer=momentum&optimizer=adam",
    "?landscape=rosenbrock",
    "?landscape=beale&optimizer=gradient_descent&optimizer=adagrad&optimizer=rmsprop&optimizer=adam",
    "?landscape=saddle&optimizer=gradient_descent&optimizer=momentum&optimizer=adam&optimizer=saddle_free_newton",
    "?landscape=himmelblau&optimizer=gradient_descent&optimizer=momentum&optimizer=newton&optimizer=random_search",
    "?landscape=rastrigin&optimizer=gradient_descent&optimizer=momentum&optimizer=adam",
    "?landscape=logistic_regression&optimizer=gradient_descent&optimizer=adam&optimizer=lbfgs",
)
SHARED = "shared"  # plotly.js, the stage and its style sheet
INDEX = "index.html"

# The files themselves are scripts: those a page may load from a disk as well as from a host.
POLICY = (
    "default-src 'none'; script-src 'self' file: 'unsafe-inline' blob: 'wasm-unsafe-eval'; style-src 'self' file: 'unsafe-inline'; "
    "img-src 'self' file: data: blob:; font-src data:; worker-src blob:"
)

START = """
const parts = new Map();
function part(name) {
  if (parts.has(name)) return parts.get(name).come;
  const waiting = {};
  waiting.come = new Promise((resolve, reject) => Object.assign(waiting, { resolve, reject }));
  parts.set(name, waiting);
  const script = document.createElement("script");
  script.src = `../data/${name}.js`;
  script.onerror = () => { parts.delete(name); waiting.reject(new Error("A part of this page could not be loaded.")); };
  document.head.append(script);
  return waiting.come;
}
window.take = async (name, text) => {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  parts.get(name).resolve(new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
};
async function start(name) {
  const element = document.getElementById("stage");
  if (!window.DecompressionStream) element.textContent = "This page needs a newer browser: Chrome or Edge 80, Firefox 113, Safari 16.4.";
  else window.thalweg.showSaved(element, { Plotly: window.Plotly, scene: new Uint8Array(await part(name)), blob: part });
}
"""

SCENE = """<p>{lesson}</p>
{stage}
{notes}"""

INDEX_PAGE = """<p>Each picture leads to a live scene: play the timeline, turn and zoom the picture, drag the rails.</p>
<ul class="scenes">
{scenes}
</ul>
<p>{made}</p>"""

HEAD = f"""<link rel="icon" href="data:,">
<link rel="stylesheet" href="{{up}}{SHARED}/stage.css">"""
SCRIPTS = f"""<script src="../{SHARED}/plotly.js"></script>
<script src="../{SHARED}/stage.js"></script>
<script>start("{{scene}}");</script>"""

CARD = """<li><a href="scenes/{slug}.html"><img src="pictures/{slug}.png" width="{width}" height="{height}" alt="" loading="lazy">
<strong>{title}</strong></a> <span>{optimizers}</span> <span>{lesson}</span></li>"""

STYLE = """
nav {font-size: 0.9rem; margin-bottom: 0.5rem}
.scenes {
  list-style: none; margin: 1.5rem 0; padding: 0; display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr))
}
.scenes img {display: block; width: 100%; height: auto; border-radius: 0.5rem; margin-bottom: 0.5rem}
.scenes span {display: block; font-size: 0.85rem; opacity: 0.85; line-height: 1.4}
"""


class Chosen(NamedTuple):
    """A scene of the site: a name for its address, what it teaches, and what computes it."""

    slug: str
    lesson: str
    make: Callable[[Callable[[str], None]], Saved]


def write_site(
    folder: str | Path,
    links: Sequence[str] = (),
    *,
    title: str = "Optimizers on loss landscapes",
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write the scenes of `links` (a small course where there are none) into a folder; returns its index page.

    A link is one of the Explore page, or of the Networks page (`networks?...`), whose training is then part of making it.
    Every link is read before anything is written. Raises ValueError for a link that cannot be used and for a folder that
    holds something else.
    """
    home = Path(folder)
    chosen = _apart([_chosen(link) for link in links or COURSE])
    _check(home)
    for name in (SHARED, "data", "scenes", "pictures"):
        (home / name).mkdir(parents=True, exist_ok=True)
    _shared(home / SHARED)
    cards, made = [], ""
    for number, (slug, lesson, make) in enumerate(chosen, 1):
        said = f"{number} of {len(chosen)}: {slug}"
        tell(said)
        scene = make(lambda text, said=said: tell(f"{said}: {text}"))
        _scene(home, slug, scene, lesson)
        cards.append(_card(slug, scene, lesson))
        made = scene.state["made"]
    page = INDEX_PAGE.format(scenes="\n".join(cards), made=escape(made))
    (home / INDEX).write_text(standalone.document(title, POLICY, HEAD.format(up=""), page), encoding="utf-8")
    return home / INDEX


def _chosen(link: str) -> Chosen:
    page, fields = parted(link)
    if page != "networks":
        settings = settings_of(link)
        return Chosen(settings.key.replace("_", "-"), build(settings.landscape, ()).lesson, lambda _: saved(settings))
    from views.networks import alone, downloads, query
    from views.networks.recipes import recipes

    network = wholly(query.read, fields)
    found = lambda say: downloads.scene(network, alone.find(recipes(network), say))
    return Chosen(network.network.replace("_", "-"), network.preset.sentence, found)


def _check(home: Path) -> None:
    if home.exists() and not home.is_dir():
        raise ValueError(f"{home} is a file; a folder is needed.")
    if home.exists() and any(home.iterdir()) and not (home / SHARED / "stage.js").exists():
        raise ValueError(f"{home} holds something else; name a folder that is empty, or not there yet.")


def _apart(every: Sequence[Chosen]) -> list[Chosen]:
    """With names for their addresses of which no two are alike."""
    counts = Counter()
    named = []
    for each in every:
        counts[each.slug] += 1
        named.append(each._replace(slug=f"{each.slug}-{counts[each.slug]}") if counts[each.slug] > 1 else each)
    return named


def _shared(folder: Path) -> None:
    (folder / "plotly.js").write_bytes(plotly_js().raw)
    (folder / "stage.js").write_text(f"window.thalweg = {bundle.script('alone')};\n{START.lstrip()}", encoding="utf-8")
    (folder / "stage.css").write_text(standalone.STYLE + STYLE + bundle.css(), encoding="utf-8")


def _scene(home: Path, slug: str, scene: Saved, lesson: str) -> None:
    for name, content in {slug: scene.message, **scene.blobs}.items():
        packed = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
        (home / "data" / f"{name}.js").write_text(f'take("{name}", "{packed}");\n', encoding="ascii")
    (home / "pictures" / f"{slug}.png").write_bytes(png(scene))
    main = SCENE.format(lesson=escape(lesson), stage=standalone.STAGE, notes=standalone.notes(scene))
    above = f'<nav><a href="../{INDEX}">All scenes</a></nav>\n'
    page = standalone.document(scene.title, POLICY, HEAD.format(up="../"), main, SCRIPTS.format(scene=slug), above)
    (home / "scenes" / f"{slug}.html").write_text(page, encoding="utf-8")


def _card(slug: str, scene: Saved, lesson: str) -> str:
    titles = ", ".join(card["title"] for card in scene.state["optimizers"])
    return CARD.format(slug=slug, width=SIZE[0], height=SIZE[1], title=escape(scene.title), optimizers=escape(titles), lesson=escape(lesson))
