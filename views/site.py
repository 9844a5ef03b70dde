"""A folder of live scenes for any web host: an index with pictures, a page a scene, and what the pages share."""

import base64
import gzip
import re
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import NamedTuple

from landscapes.files.target import NotWritten, reason, write
from landscapes.formula import Formula
from views import bundle, standalone
from views.assets import plotly_js
from views.saved import Saved, parted, saved, settings_of, wholly
from views.settings import Settings, build
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
WRITTEN = f"{SHARED}/written.txt"  # a line a file, "digest  name", as sha256sum has it

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


class Folder:
    """The files of a site, with a list of them beside, so that the next site can take away what it does not write again."""

    def __init__(self, home: Path):
        self.home = home
        self._digests: dict[str, str] = {}

    def write(self, name: str, content: str | bytes) -> None:
        content = content.encode() if isinstance(content, str) else content
        try:
            (self.home / name).parent.mkdir(parents=True, exist_ok=True)
            write(self.home / name, content)
        except OSError as error:
            there = f"{len(self._digests)} files of the site are there, whole; the same call writes all of it again."
            why = str(error) if isinstance(error, NotWritten) else f"{self.home / name} cannot be written: {reason(error)}."
            raise NotWritten(f"{why[:-1]}; {there}") from None
        self._digests[name] = sha256(content).hexdigest()

    def clear(self) -> None:
        """Delete what an earlier site wrote and this one did not, where it is still what was written; renew the list."""
        listed = self.home / WRITTEN
        for line in listed.read_text(encoding="utf-8", errors="replace").splitlines() if listed.is_file() else ():
            digest, _, name = line.partition("  ")
            path = self.home / name
            if name in self._digests or not re.fullmatch(r"(data|scenes|pictures)/\w[\w.-]*", name):
                continue
            if path.is_file() and not path.is_symlink() and sha256(path.read_bytes()).hexdigest() == digest:
                path.unlink()
        write(listed, "".join(f"{digest}  {name}\n" for name, digest in self._digests.items()).encode())


def write_site(
    folder: str | Path,
    links: Sequence[str] = (),
    *,
    title: str = "Optimizers on loss landscapes",
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write the scenes of `links` (a small course where there are none) into a folder; returns its index page.

    A link is one of the Explore page, or of the Networks page (`networks?...`), whose training is then part of making it.
    Every link is read before anything is written. What an earlier site left here and this one has no use for is taken away;
    what was changed since, or is not of a site, stays. Raises ValueError for a link that cannot be used and for a folder that
    holds something else; NotWritten, in one sentence, where the disk refuses.
    """
    home = Path(folder)
    chosen = _apart([_chosen(link) for link in links or COURSE])
    _check(home)
    site = Folder(home)
    _shared(site)
    cards, made = [], ""
    for number, (slug, lesson, make) in enumerate(chosen, 1):
        said = f"{number} of {len(chosen)}: {slug}"
        tell(said)
        scene = make(lambda text, said=said: tell(f"{said}: {text}"))
        _scene(site, slug, scene, lesson)
        cards.append(_card(slug, scene, lesson))
        made = scene.state["made"]
    page = INDEX_PAGE.format(scenes="\n".join(cards), made=escape(made))
    site.write(INDEX, standalone.document(title, POLICY, HEAD.format(up=""), page))
    site.clear()
    return home / INDEX


def _chosen(link: str) -> Chosen:
    page, fields = parted(link)
    if page != "networks":
        settings = settings_of(link)
        return Chosen(settings.key.replace("_", "-"), _lesson(settings), lambda _: saved(settings))
    from views.networks import alone, downloads, query
    from views.networks.recipes import recipes

    network = wholly(query.read, fields)
    found = lambda say: downloads.scene(network, alone.find(recipes(network), say))
    return Chosen(network.network.replace("_", "-"), network.preset.sentence, found)


def _lesson(settings: Settings) -> str:
    landscape = build(settings.landscape, settings.shape)
    if not isinstance(landscape, Formula):
        return landscape.lesson
    # Its names are sliders in the app alone.
    values = [f"{name} = {value:g}" for name, value in zip(landscape.parameters, landscape.values.tolist())]
    return f"A formula of one's own{', with ' * bool(values)}{', '.join(values)}."


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


def _shared(site: Folder) -> None:
    site.write(f"{SHARED}/plotly.js", plotly_js().raw)
    site.write(f"{SHARED}/stage.js", f"window.thalweg = {bundle.script('alone')};\n{START.lstrip()}")
    site.write(f"{SHARED}/stage.css", standalone.STYLE + STYLE + bundle.css())


def _scene(site: Folder, slug: str, scene: Saved, lesson: str) -> None:
    for name, content in {slug: scene.message, **scene.blobs}.items():
        packed = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
        site.write(f"data/{name}.js", f'take("{name}", "{packed}");\n')
    site.write(f"pictures/{slug}.png", png(scene))
    main = SCENE.format(lesson=escape(lesson), stage=standalone.STAGE, notes=standalone.notes(scene))
    above = f'<nav><a href="../{INDEX}">All scenes</a></nav>\n'
    page = standalone.document(scene.title, POLICY, HEAD.format(up="../"), main, SCRIPTS.format(scene=slug), above)
    site.write(f"scenes/{slug}.html", page)


def _card(slug: str, scene: Saved, lesson: str) -> str:
    titles = ", ".join(card["title"] for card in scene.state["optimizers"])
    return CARD.format(slug=slug, width=SIZE[0], height=SIZE[1], title=escape(scene.title), optimizers=escape(titles), lesson=escape(lesson))
