"""A small picture of a scene without a browser: bands of loss, paths over them."""

import io

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from views.saved import Saved

SIZE = (480, 360)
FINE = 2  # drawn so many times larger, for smooth lines
BANDS = 16
SCALE = ("#fbfaf6", "#dfe6e6", "#b9cad2", "#8ba6b8", "#5d7f99")  # the stage's own, from low to high
HALO, HOLE = "#ffffff", "#e8e8e8"


def png(scene: Saved) -> bytes:
    """The contour with the paths to their ends, as the stage colours them; holes are grey."""
    picture = _ground(scene)
    draw = ImageDraw.Draw(picture)
    for index, card in enumerate(scene.state["optimizers"]):
        points = _pixels(scene, scene.tensors[f"path.{index}"][: card["diverged"] if card["diverged"] >= 0 else None])
        for colour, width in ((HALO, 5), (card["colour"], 3)):
            draw.line(points, fill=colour, width=width * FINE, joint="curve")
            for x, y in points[-1:]:
                radius = (width + 2) * FINE
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    file = io.BytesIO()
    picture.resize(SIZE, Image.Resampling.LANCZOS).quantize(128).save(file, "PNG", optimize=True)
    return file.getvalue()


def _ground(scene: Saved) -> Image.Image:
    size = tuple(FINE * side for side in SIZE)
    with np.errstate(all="ignore"):
        losses = np.asarray(scene.surface.loss, float)
        heights = np.log10(losses + scene.state["landscape"]["offset"]) if scene.state["colour"] == "log" else losses
    known = np.isfinite(heights)
    if not known.any():
        return Image.new("RGB", size, HOLE)
    low, high = heights[known].min(), heights[known].max()
    shares = np.where(known, (heights - low) / (high - low or 1.0), 0.0)[::-1]  # rows run upwards in a plot, downwards in a file
    smooth = np.asarray(Image.fromarray(shares.astype(np.float32), "F").resize(size, Image.Resampling.BICUBIC))
    bands = (np.clip(smooth, 0, 1) * (BANDS - 1)).round() / (BANDS - 1)
    stops = np.array([ImageColor.getrgb(colour) for colour in SCALE], float)
    places = np.linspace(0, 1, len(SCALE))
    colours = np.stack([np.interp(bands, places, channel) for channel in stops.T], axis=2).round().astype(np.uint8)
    holes = np.asarray(Image.fromarray(~known[::-1]).resize(size, Image.Resampling.NEAREST))
    colours[holes] = ImageColor.getrgb(HOLE)
    return Image.fromarray(colours, "RGB")


def _pixels(scene: Saved, path: np.ndarray) -> list[tuple[float, float]]:
    """Where the finite points of a path lie; far outside is far enough."""
    (x0, x1), (y0, y1) = scene.state["landscape"]["window"]
    width, height = (FINE * side for side in SIZE)
    path = path[np.isfinite(path).all(axis=1)]
    x = (path[:, 0] - x0) / (x1 - x0) * width
    y = (y1 - path[:, 1]) / (y1 - y0) * height
    return [tuple(point) for point in np.clip(np.stack([x, y], axis=1), -10 * width, 10 * width).tolist()]
