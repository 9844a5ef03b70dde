"""A scene as a picture for print: one drawing, as PNG by Pillow or as SVG with true vectors for everything but the shading."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from plotly.colors import sample_colorscale, unlabel_rgb

from landscapes import Scene
from views.figures import axis_titles
from views.looks import COLOURS, DASHES
from views.own_paths import is_flat, plain
from views.provenance import made, recipe

WIDTH, HEIGHT = 1600, 1280
LEFT, RIGHT, TOP, BOTTOM = 150, 1400, 120, 1070  # of the frame
BANDS = 24
INK, GREY, PAPER = "#1d2a33", "#5a6670", "#ffffff"
PATTERNS = {"solid": (), "dash": (18, 10), "dot": (4, 9), "dashdot": (18, 9, 4, 9), "longdash": (30, 12), "longdashdot": (30, 10, 4, 10)}
LONGEST_CAPTION = 140  # letters a line
# Pixels of a path inside the frame: a longer one covers itself, and neither dashes nor width could be seen on it.
LONGEST_DASHED, LONGEST_WIDE = 20_000, 100_000
MOST_JOINTS = 2000  # of a line whose corners are rounded


@dataclass(frozen=True)
class Shape:
    """A line through `points`, a `text` at the first of them, or a `disc` there; in pixels from the upper left."""

    points: np.ndarray
    colour: str = INK
    width: float = 2
    text: str = ""
    anchor: str = "middle"
    disc: bool = False


def png(scene: Scene) -> bytes:
    """The picture as PNG, 1600 x 1280."""
    image, shapes = _drawing(scene)
    # Pillow draws hard edges: twice as large, then made smaller.
    large = image.resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(large)
    for shape in shapes:
        points = [tuple(2 * point) for point in shape.points]
        if shape.text:
            anchor = {"start": "ls", "middle": "ms", "end": "rs"}[shape.anchor]
            pen.text(points[0], shape.text, shape.colour, ImageFont.load_default(2 * shape.width), anchor=anchor)
        elif shape.disc:
            pen.circle(points[0], 2 * shape.width, shape.colour, PAPER, 2)
        elif len(points) > 1:
            pen.line(points, shape.colour, round(2 * shape.width), joint="curve" if len(points) < MOST_JOINTS else None)
    file = io.BytesIO()
    large.resize((WIDTH, HEIGHT), Image.Resampling.BOX).save(file, "PNG")
    return file.getvalue()


def svg(scene: Scene) -> str:
    """The picture as SVG."""
    image, shapes = _drawing(scene)
    file = io.BytesIO()
    image.save(file, "PNG")
    shading = base64.b64encode(file.getvalue()).decode()
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
    drawn = [head, f'<image width="{WIDTH}" height="{HEIGHT}" href="data:image/png;base64,{shading}"/>']
    return "\n".join([*drawn, *map(_element, shapes), "</svg>"]) + "\n"


def _element(shape: Shape) -> str:
    (x, y), colour = shape.points[0], quoteattr(shape.colour)
    if shape.text:
        return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{shape.width}" fill={colour} text-anchor="{shape.anchor}">{escape(shape.text)}</text>'
    if shape.disc:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{shape.width}" fill={colour} stroke="{PAPER}"/>'
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
    return f'<polyline points="{way}" fill="none" stroke={colour} stroke-width="{shape.width}" stroke-linejoin="round"/>'


def _drawing(scene: Scene) -> tuple[Image.Image, list[Shape]]:
    image, shapes, said = Image.new("RGB", (WIDTH, HEIGHT), PAPER), [], ""
    if scene.surface is not None:
        values, said = _heights(scene.surface.loss)
        low, high = np.nanmin(values), np.nanmax(values)
        image.paste(Image.fromarray(_shaded(scene, values, low, high)), (LEFT, TOP))
        bar = np.repeat(_coloured(np.linspace(high, low, BOTTOM - TOP), low, high)[:, None], 30, axis=1)
        image.paste(Image.fromarray(bar), (RIGHT + 30, TOP))
        shapes += _bar(low, high, said)
    shapes += [*_frame(scene), *_paths(scene), *_caption(scene, said)]
    return image, shapes


def _heights(loss: np.ndarray) -> tuple[np.ndarray, str]:
    """What is coloured, and its name: the logarithm where losses are positive and span more than a decade."""
    loss = np.where(np.isfinite(loss), loss, np.nan).astype(float)
    lowest, highest = np.nanmin(loss), np.nanmax(loss)
    return (np.log10(loss), "log10 loss") if lowest > 0 and highest > 10 * lowest else (loss, "loss")


def _shaded(scene: Scene, values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Between the grid's points by bilinear interpolation, in bands; holes are left white."""
    (x_low, x_high), (y_low, y_high) = scene.plane.window
    across = _places(scene.surface.x, np.linspace(x_low, x_high, RIGHT - LEFT))
    down = _places(scene.surface.y, np.linspace(y_high, y_low, BOTTOM - TOP))
    (i, u), (j, v) = across, (down[0][:, None], down[1][:, None])
    lower, upper = ((1 - u) * values[row, i] + u * values[row, i + 1] for row in (j, j + 1))
    shown = (1 - v) * lower + v * upper
    band = np.floor((shown - low) / max(high - low, 1e-300) * BANDS).clip(0, BANDS - 1) + 0.5
    return _coloured(low + band / BANDS * (high - low), low, high)


def _places(axis: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    index = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, len(axis) - 2)
    return index, np.clip((at - axis[index]) / (axis[index + 1] - axis[index]), 0, 1)


def _coloured(values: np.ndarray, low: float, high: float) -> np.ndarray:
    shades = np.array([unlabel_rgb(colour) for colour in sample_colorscale("Blues", np.linspace(0.05, 0.95, 256))])
    share = np.nan_to_num((values - low) / max(high - low, 1e-300)).clip(0, 1)
    return np.where(np.isnan(values)[..., None], 255, shades[np.round(share * 255).astype(int)]).astype(np.uint8)


def _bar(low: float, high: float, said: str) -> list[Shape]:
    ticks = [(tick, BOTTOM - (tick - low) / max(high - low, 1e-300) * (BOTTOM - TOP)) for tick in _ticks(low, high)]
    shapes = [_words(RIGHT + 66, y + 8, f"{tick:g}", 22, "start", INK) for tick, y in ticks]
    return [*shapes, _words(RIGHT + 30, TOP - 18, said, 24, "start", INK)]


def _frame(scene: Scene) -> Iterator[Shape]:
    corners = [(LEFT, TOP), (RIGHT, TOP), (RIGHT, BOTTOM), (LEFT, BOTTOM), (LEFT, TOP)]
    yield Shape(np.array(corners, float), GREY, 1.5)
    (x_low, x_high), (y_low, y_high) = scene.plane.window
    for tick in _ticks(x_low, x_high):
        yield _words(*_pixels(scene, [[tick, y_low]])[0] + (0, 32), f"{tick:g}", 22, "middle", INK)
    for tick in _ticks(y_low, y_high):
        yield _words(*_pixels(scene, [[x_low, tick]])[0] + (-12, 8), f"{tick:g}", 22, "end", INK)
    across, up = ("x", "y") if scene.surface is not None and is_flat(scene.surface) else axis_titles(scene.plane)
    yield _words((LEFT + RIGHT) / 2, BOTTOM + 74, across, 26, "middle", INK)
    yield _words(LEFT, TOP - 16, f"up: {up}", 22, "start", GREY)


def _paths(scene: Scene) -> Iterator[Shape]:
    room = (RIGHT - LEFT) / max(1, len(scene.paths))
    for number, (name, path) in enumerate(scene.paths.items()):
        colour, pattern = COLOURS[number % len(COLOURS)], PATTERNS.get(DASHES[number % len(DASHES)], ())
        finite = np.isfinite(path.coordinates).all(axis=1)
        points = _thinned(_pixels(scene, path.coordinates[: len(finite) if finite.all() else int(finite.argmin())]))
        parts = _inside(points)
        length = sum(np.linalg.norm(np.diff(part, axis=0), axis=1).sum() for part in parts)
        for piece in _dashed(parts, pattern if length < LONGEST_DASHED else ()):
            if length < LONGEST_WIDE:
                yield Shape(piece, PAPER, 7)
            yield Shape(piece, colour, 4 if length < LONGEST_WIDE else 0.5)
        for end, size in ((points[:1], 6), (points[-1:], 9)):
            if len(end) and (end == end.clip((LEFT, TOP), (RIGHT, BOTTOM))).all():
                yield Shape(end, colour, size, disc=True)
        sample = np.array([[0, TOP - 66], [60, TOP - 66]]) + (LEFT + number * room, 0)
        for piece in _dashed([sample], pattern):
            yield Shape(piece, colour, 4)
        yield _words(sample[1, 0] + 12, TOP - 58, plain(name)[: int(room / 14)], 24, "start", INK)


def _caption(scene: Scene, said: str) -> Iterator[Shape]:
    colour = f"Colour: {said} in {BANDS} bands." if said else ""
    beside = any(np.nan_to_num(path.off_plane).max(initial=0) > 0 for path in scene.paths.values())
    lines = [" ".join(filter(None, (colour, "Paths run beside this plane: they are projected on it." if beside else "")))]
    lines += [shorten(plain(recipe(scene.made), 10 * LONGEST_CAPTION), LONGEST_CAPTION, placeholder=" …"), made()]
    for number, line in enumerate(filter(None, lines)):
        yield _words(LEFT, BOTTOM + 120 + 30 * number, line, 20, "start", GREY)


def _words(x: float, y: float, text: str, size: float, anchor: str, colour: str) -> Shape:
    return Shape(np.array([[x, y]]), colour, size, text or " ", anchor)


def _pixels(scene: Scene, coordinates) -> np.ndarray:
    (x_low, x_high), (y_low, y_high) = scene.plane.window
    with np.errstate(over="ignore"):
        share = (np.asarray(coordinates, float) - (x_low, y_low)) / (x_high - x_low, y_high - y_low)
        return (LEFT, BOTTOM) + share * (RIGHT - LEFT, TOP - BOTTOM)


def _thinned(points: np.ndarray) -> np.ndarray:
    """Without the points that lie on the same quarter of a pixel as the one before."""
    places = np.round(2 * points)
    moved = (places[1:] != places[:-1]).any(axis=1)
    return points[np.concatenate([[True], moved])] if len(points) else points


def _inside(points: np.ndarray) -> list[np.ndarray]:
    """The parts of a way inside the frame, cut at its edge by Liang and Barsky."""
    start, end = points[:-1], points[1:]
    with np.errstate(all="ignore"):  # of axes along which nothing moves, and of places beyond all numbers
        way = end - start
        edges = np.stack([(LEFT, TOP) - start, (RIGHT, BOTTOM) - start]) / way
        within = ((LEFT, TOP) <= start) & (start <= (RIGHT, BOTTOM))
        still = np.where(within, np.inf, -np.inf)
        enters = np.where(way == 0, -still, edges.min(axis=0)).max(axis=1).clip(min=0)
        leaves = np.where(way == 0, still, edges.max(axis=0)).min(axis=1).clip(max=1)
        first, last = start + enters[:, None] * way, np.where(leaves[:, None] == 1, end, start + leaves[:, None] * way)
    seen = enters < leaves
    first, last = first[seen], last[seen]
    breaks = np.flatnonzero((first[1:] != last[:-1]).any(axis=1)) + 1
    return [np.concatenate([some[:1], rest]) for some, rest in zip(np.split(first, breaks), np.split(last, breaks)) if len(some)]


def _dashed(parts: list[np.ndarray], pattern: tuple[float, ...]) -> Iterator[np.ndarray]:
    for points in parts:
        lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
        along = np.concatenate([[0], np.cumsum(lengths)])
        if not pattern or along[-1] == 0:
            yield points
            continue
        marks = np.cumsum(np.resize(pattern, 2 * int(along[-1] / sum(pattern) + 1) * (len(pattern) // 2)))
        edges = np.concatenate([[0], marks])
        for begin, end in zip(edges[0::2], edges[1::2]):
            if begin < along[-1]:
                between = along[(along > begin) & (along < end)]
                at = np.concatenate([[begin], between, [min(end, along[-1])]])
                yield np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1)


def _ticks(low: float, high: float) -> list[float]:
    """About six round numbers."""
    if not high > low:
        return [low]
    step = 10 ** np.floor(np.log10((high - low) / 6))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (factor * step) <= 8)
    return [round(float(number * step), 12) for number in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]
