"""The commands for one's own: `thalweg surface`, `paths`, `show` and `export`. Slow imports wait until one runs."""

import argparse
import difflib
import importlib
import importlib.util
import json
import logging
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

FORMATS = ("zarr.zip", "html", "png", "svg", "csv", "npz", "vtk")
EXAMPLES = {
    "surface": """examples:
  thalweg surface himmelblau --resolution 256
  thalweg surface model.py:loss --at model.py:parameters --seed 1 --out slice.zarr.zip
  thalweg surface model.py:loss --at best.safetensors --workers 4 --resume
  thalweg surface torch_model.py:loss --numpy --at best.safetensors --out slice.html""",
    "paths": """examples:
  thalweg paths checkpoints --losses losses.csv --out paths.html
  thalweg paths checkpoints --loss model.py:loss --resolution 101""",
    "show": """examples:
  thalweg show slice.zarr.zip
  thalweg show surface.npz --no-browser""",
    "export": """examples:
  thalweg export slice.zarr.zip --to png
  thalweg export surface.h5 --to npz --out surface.npz""",
}
BAR = 30  # letters of the progress bar
LONGEST = 300  # letters of an error's own words
REFRESH = 0.2  # seconds between two of its states


def add(commands) -> None:
    """Add the commands to the parser's."""
    surface = _command(commands, "surface", "the loss on a plane through parameters, into a file", _surface)
    surface.add_argument("loss", help="MODULE:FUNCTION or FILE.py:FUNCTION of the parameters, or the name of a landscape")
    surface.add_argument("--at", metavar="WHERE", help="the parameters: MODULE:NAME, FILE.py:NAME or a .safetensors file")
    surface.add_argument("--seed", type=int, default=0, help="of the two random directions (default: %(default)s)")
    surface.add_argument("--window", type=_window, metavar="LOW,HIGH,LOW,HIGH", help="of both plane coordinates")
    _computing(surface)
    paths = _command(commands, "paths", "a folder of safetensors checkpoints: the joint plane and the paths on it", _paths)
    paths.add_argument("folder", help="holds .safetensors files, or a folder of them for each run")
    paths.add_argument("--losses", metavar="CSV", help="with columns step and loss, and run where there are several")
    paths.add_argument("--loss", help="MODULE:FUNCTION or FILE.py:FUNCTION of a dict of tensors; draws the surface as well")
    _computing(paths)
    show = _command(commands, "show", "open a file in the browser: a scene, or a grid in .npz, .csv or HDF5", _show)
    show.add_argument("file")
    show.add_argument("--no-browser", action="store_true", help="only write the page and say where")
    export = _command(commands, "export", "turn a file into another format", _export)
    export.add_argument("file")
    export.add_argument("--to", choices=FORMATS, required=True)
    export.add_argument("--out", metavar="FILE", help="default: the same name with the other ending")
    _overwriting(export)


def _command(commands, name: str, says: str, run: Callable) -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = commands.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.", epilog=EXAMPLES[name], formatter_class=raw)
    parser.add_argument("--json", action="store_true", help="say the result, or the error, as one line of JSON")
    parser.add_argument("--traceback", action="store_true", help="show where an error came from")
    parser.set_defaults(run=lambda options: _told(run, options))
    return parser


def _computing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--numpy", action="store_true", help="the function takes NumPy arrays, and JAX cannot trace it")
    parser.add_argument("--resolution", type=_resolution, default=51, metavar="N or NXxNY", help="grid points (default: %(default)s)")
    parser.add_argument("--out", metavar="FILE", type=_out, help=f"ends with {', '.join('.' + each for each in FORMATS)}")
    _overwriting(parser)
    parser.add_argument("--resume", action="store_true", help="take up what an interrupted call has left")
    parser.add_argument("--workers", type=int, metavar="N", help="processes on this machine (needs thalweg[cluster])")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a running Dask cluster (needs thalweg[cluster])")


def _overwriting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="write over a file that is there already")


def _resolution(text: str):
    numbers = text.lower().split("x")
    if len(numbers) > 2 or not all(number.isdecimal() for number in numbers):
        raise argparse.ArgumentTypeError(f"expected a number of points such as 101 or 200x100, got {text!r}")
    return int(text) if len(numbers) == 1 else tuple(map(int, numbers))


def _window(text: str):
    try:
        a, b, c, d = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected four numbers such as -1,1,-1,1; got {text!r}") from None
    return (a, b), (c, d)


def _out(text: str) -> Path:
    if not text.endswith(tuple(f".{each}" for each in FORMATS)):
        raise argparse.ArgumentTypeError(f"expected a name that ends with {', '.join('.' + each for each in FORMATS)}; got {text!r}")
    return Path(text)


def _told(run: Callable[[argparse.Namespace], dict], options: argparse.Namespace) -> None:
    """Run a command and say what came of it. Exit codes: 0 done, 1 an error, 2 not understood, 130 interrupted."""
    try:
        result = run(options)
    except KeyboardInterrupt:
        _fail(options, f"Interrupted; {_kept(options) or 'nothing was written.'}", 130)
    except Exception as error:  # of a person's own function as well: one sentence, and where it came from if asked for
        if options.traceback:
            traceback.print_exc()
        is_ours = isinstance(error, OSError) and error.errno is None  # what the system says has a number
        known = (isinstance(error, (ValueError, InterruptedError)) or is_ours) and str(error)
        words = " ".join(str(error).split())[:LONGEST]
        words += f" {_kept(options)}" if is_ours and _kept(options) else ""
        if "Tracer" in f"{type(error).__name__} {words}" and not getattr(options, "numpy", True):
            _fail(options, "JAX cannot trace this function; if it computes with NumPy or torch, add --numpy.", 1)
        _fail(options, words if known else f"{type(error).__name__}: {words or 'no more is said'}.", 1)
    print(json.dumps(result) if options.json else _sentence(result))


def _kept(options: argparse.Namespace) -> str:
    """What can be taken up of a call that ended early; nothing where no tile was finished."""
    if not getattr(options, "tiles", None) or not options.tiles.exists():
        return ""
    return "--resume takes up what is finished."


def _fail(options: argparse.Namespace, sentence: str, code: int) -> None:
    if options.json:
        print(json.dumps({"error": sentence}))
    print(f"thalweg: {sentence}", file=sys.stderr)
    sys.exit(code)


def _sentence(result: dict) -> str:
    notes = "".join(f" {note}" for note in result.get("notes", ()))
    return f"{' and '.join(result['files'])}: {result['what']}.{notes}"


def _surface(options: argparse.Namespace) -> dict:
    # JAX takes seconds to begin: what would be refused is refused before.
    out = _free(options.out or Path(f"{options.loss.rpartition(':')[2]}.zarr.zip"), options)
    from landscapes import LANDSCAPES, Plane, Scene

    with _cluster(options) as client:
        if options.loss in LANDSCAPES:
            if options.at is not None:
                raise ValueError(f"{options.loss} is a landscape over two parameters of its own; --at is for a function of yours.")
            landscape = LANDSCAPES[options.loss]
            loss, plane = landscape.loss, Plane.axes(options.window or landscape.window)
        elif ":" not in options.loss:
            alike = difflib.get_close_matches(options.loss.lower(), LANDSCAPES, 1)
            hint = f"did you mean {alike[0]}?" if alike else f"there are {', '.join(LANDSCAPES)}."
            raise ValueError(f"There is no landscape {options.loss!r}; {hint} A function of your own is MODULE:FUNCTION or FILE.py:FUNCTION.")
        else:
            loss, plane = _loss(options.loss, options.numpy), _plane(options)
        try:
            surface = _evaluated(options, out, client)(loss, plane, options.resolution)
        except KeyError as error:
            if not isinstance(plane.origin, dict) or error.args[0] in plane.origin:
                raise
            raise ValueError(f"{options.loss} asks for {error}; the parameters of {options.at} are {', '.join(plane.origin)}.") from error
    return _write(Scene(plane, surface, {}, _made(options)), out, options)


def _plane(options: argparse.Namespace):
    import jax
    import numpy as np

    from landscapes import Plane

    if options.at is None:
        if options.window is None:
            raise ValueError("Give the parameters with --at, or, for a function of two of them, a --window.")
        return Plane.axes(options.window)
    parameters = _parameters(options.at)
    # Vectors stay where they are, as biases do, but where there is nothing else: each is then one filter.
    vectors = all(np.ndim(leaf) < 2 for leaf in jax.tree.leaves(parameters))
    return Plane.random(parameters, options.seed, window=options.window, vectors=vectors)


def _parameters(where: str):
    if where.endswith(".safetensors"):
        from landscapes.files.checkpoints import read_checkpoint

        return read_checkpoint(Path(where))
    found = _named(where)
    return found() if callable(found) else found


def _paths(options: argparse.Namespace) -> dict:
    out = _free(options.out or Path(f"{Path(options.folder).resolve().name}.zarr.zip"), options)
    import numpy as np

    from landscapes.files import read_checkpoints, scene_of
    from landscapes.honesty import percent

    runs = read_checkpoints(options.folder, options.losses)
    with _cluster(options) as client:
        loss = _loss(options.loss, options.numpy) if options.loss else None
        evaluated = _evaluated(options, out, client)
        scene = scene_of(runs, loss, resolution=options.resolution, made=_made(options), surface_of=evaluated)
    notes = [f"{percent(sum(scene.plane.explained[:2]))} of the movement lies on the plane."]
    notes += [f"Losses are known of {known} of the {len(run.kept)} checkpoints of {name}." for name, run in runs.items()
              if loss is None and options.losses and (known := int(np.isfinite(run.losses).sum())) < len(run.kept)]  # fmt: skip
    notes += [f"Of {name} {run.left_out} checkpoints are left out, evenly: memory." for name, run in runs.items() if run.left_out]
    return _write(scene, out, options, notes)


def _show(options: argparse.Namespace) -> dict:
    import tempfile
    import webbrowser

    from landscapes.files import load

    scene = load(options.file)
    try:
        folder = Path(tempfile.mkdtemp(prefix="thalweg-"))
    except OSError as error:
        raise ValueError(f"No folder for the page can be made in {tempfile.tempdir or 'the temporary folders'}: {error.strerror or error}.") from None
    result = _write(scene, folder / f"{_stem(Path(options.file))}.html", options)
    if not options.no_browser and not webbrowser.open(file.as_uri()):
        result["notes"] = ["No browser could be started; open it yourself."]
    return result


def _export(options: argparse.Namespace) -> dict:
    file = Path(options.file)
    out = Path(options.out) if options.out else file.with_name(f"{_stem(file)}.{options.to}")
    if out.resolve() == file.resolve():
        raise ValueError(f"{file.name} has this format already; name another file with --out.")
    _free(out, options)
    from landscapes.files import load

    return _write(load(file), out, options, to=options.to)


def _stem(file: Path) -> str:
    return file.name.removesuffix(".zip").removesuffix(".zarr").rsplit(".", 1)[0] or "scene"


def _free(out: Path, options: argparse.Namespace) -> Path:
    """A file to write, known to be free before anything is computed for it."""
    # What was interrupted had been told to write there; a file that is whole has nothing to take up.
    options.force = options.force or (getattr(options, "resume", False) and _tiles(out).exists())
    if out.exists() and not options.force:
        raise ValueError(f"{out} is there already; add --force to write over it, or name another file with --out.")
    return out


def _tiles(out: Path) -> Path:
    return out.with_name(f"{out.name}.tiles")


def _write(scene, out: Path, options: argparse.Namespace, notes: list[str] = [], to: str = "") -> dict:
    from views.taken_home import write

    files = write(scene, out, to or next(each for each in FORMATS if out.name.endswith(f".{each}")), force=getattr(options, "force", True))
    if getattr(options, "tiles", None):
        shutil.rmtree(options.tiles, ignore_errors=True)
    surface = scene.surface
    parts = [] if surface is None else [f"a surface of {len(surface.x)} x {len(surface.y)} points"]
    if scene.paths:
        told = f"{len(scene.paths)} path{'s' if len(scene.paths) > 1 else ''}"
        if out.name.endswith(".vtk"):
            notes = [*notes, f"VTK holds the grid alone; --to csv has the {told} as well."]
        else:
            parts.append(told)
    return {"files": [str(file) for file in files], "what": " and ".join(parts) or "a plane", "notes": notes}


def _made(options: argparse.Namespace) -> dict:
    said = {name: value for name, value in vars(options).items() if isinstance(value, (str, int, float, tuple)) and not isinstance(value, bool)}
    return {"command": " ".join(["thalweg", *sys.argv[1:]]), **said}


def _loss(name: str, numpy: bool) -> Callable:
    from landscapes import NumpyLoss

    found = _named(name)
    if not callable(found):
        raise ValueError(f"{name} is a {type(found).__name__}, not a function of the parameters.")
    return NumpyLoss(found) if numpy and not isinstance(found, NumpyLoss) else found


def _named(name: str):
    """What MODULE:NAME or FILE.py:NAME names. It runs the person's own code, as importing it does."""
    module, colon, attribute = name.rpartition(":")
    if not colon or not module:
        raise ValueError(f"Expected MODULE:NAME or FILE.py:NAME, got {name!r}.")
    loaded = _from_file(Path(module)) if module.endswith(".py") else _imported(module)
    found = loaded
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ValueError(f"{module} has no {attribute}.")
        found = getattr(found, part)
    return found


def _from_file(file: Path):
    name = file.stem
    if name not in sys.modules or Path(getattr(sys.modules[name], "__file__", None) or "").resolve() != file.resolve():
        if not file.is_file():
            raise ValueError(f"There is no file {file}.")
        sys.path.insert(0, str(file.resolve().parent))
        spec = importlib.util.spec_from_file_location(name, file)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return _by_value(sys.modules[name])


def _imported(module: str):
    sys.path.insert(0, str(Path.cwd()))
    try:
        return _by_value(importlib.import_module(module))
    except ModuleNotFoundError as error:
        raise ValueError(f"There is no module {error.name}.") from None


def _by_value(module):
    """Workers on other machines have not this file: it travels to them."""
    if "cloudpickle" in sys.modules:
        sys.modules["cloudpickle"].register_pickle_by_value(module)
    return module


@contextmanager
def _cluster(options: argparse.Namespace):
    """A Dask client, where one was asked for; made before a person's module is loaded, which then travels."""
    if not options.workers and not options.scheduler:
        yield None
        return
    try:
        import distributed
    except ImportError:
        raise ValueError("--workers and --scheduler need Dask: pip install 'thalweg[cluster]'.") from None
    if options.scheduler:
        with distributed.Client(options.scheduler, timeout=20) as client:
            yield client
        return
    quiet = logging.ERROR  # workers that take long to end are no news
    with (
        distributed.LocalCluster(n_workers=options.workers, threads_per_worker=1, dashboard_address=None, silence_logs=quiet) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _evaluated(options: argparse.Namespace, out: Path, client) -> Callable:
    """`evaluate` into tiles beside `out`, with a progress bar; they go when the file is written: see `_write`."""
    from landscapes import evaluate
    from landscapes.tiles import finished

    store = _tiles(out)
    if store.exists() and not options.resume:
        if not options.force:
            raise ValueError(f"{store} is left of an earlier call: add --resume to take it up, or --force to begin anew.")
        shutil.rmtree(store)

    def run(loss, plane, resolution):
        try:
            return evaluate(loss, plane, resolution, store=store, client=client, report=Progress())
        except BaseException:
            if store.exists() and not finished(store):  # there is nothing to take up
                shutil.rmtree(store, ignore_errors=True)
            raise

    options.tiles = store
    return run


class Progress:
    """A bar on stderr with the time that is left; where nobody watches, a line for every tenth."""

    def __init__(self, stream=None, clock: Callable[[], float] = time.monotonic):
        self._stream, self._clock = stream or sys.stderr, clock
        self._begun = self._shown = None
        self._alive = self._stream.isatty()

    def __call__(self, done: int, total: int) -> None:
        now = self._clock()
        self._begun = self._begun or (now, done - 1)
        begun, before = self._begun
        left = (now - begun) / max(1, done - before) * (total - done)
        if self._alive and (done == total or self._shown is None or now - self._shown >= REFRESH):
            self._shown = now
            full = BAR * done // total
            ending = "\n" if done == total else ""
            self._stream.write(f"\r[{'#' * full}{' ' * (BAR - full)}] {done / total:4.0%}  {duration(left)} left \x1b[K{ending}")
        elif not self._alive and (10 * done) // total > (10 * (done - 1)) // total:
            self._stream.write(f"{done / total:.0%}, {duration(left)} left\n")
        self._stream.flush()


def duration(seconds: float) -> str:
    """A time to read: the two largest units."""
    seconds = round(seconds)
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
