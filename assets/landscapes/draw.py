"""Draws the gallery: one small picture a landscape. Run from the repository: python -m assets.landscapes.draw

The loss is stretched logarithmically above its lowest value, then by rank, so that every family shows its
shape: dark where the loss is low, sand where it is high, with a few level lines.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from landscapes import LANDSCAPES, Plane, evaluate

SIZE = (192, 144)
FINER = 4  # evaluated this many times finer, then reduced: smooth level lines
LEVELS = 9
COLOURS = 48
# Blue through grey to sand: even steps of lightness, readable on a light and on a dark page.
RAMP = np.array([(22, 52, 86), (39, 84, 122), (78, 118, 148), (127, 147, 162), (171, 171, 165), (206, 192, 160), (233, 216, 172)])


def main(keys):
    for key in keys or LANDSCAPES:
        picture(LANDSCAPES[key]).save(Path(__file__).with_name(f"{key}.png"), optimize=True)


def picture(landscape) -> Image.Image:
    """The loss over the landscape's window, y upwards."""
    fine = tuple(FINER * side for side in SIZE)
    loss = evaluate(landscape.loss, Plane.axes(landscape.window), fine).loss[::-1]
    colours = shaded(stretched(loss))
    image = Image.fromarray(colours.round().astype(np.uint8)).resize(SIZE, Image.Resampling.LANCZOS)
    return image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def stretched(loss):
    """0 at the lowest loss, 1 at the highest: half by logarithm, half by rank."""
    above = loss - loss.min()
    logarithm = np.log(above + 0.01 * np.median(above) + 1e-12)
    logarithm = (logarithm - logarithm.min()) / np.ptp(logarithm)
    # Ranks of coarse values: a plain that is flat to the eye stays flat.
    coarse = np.round(logarithm * 100)
    rank = np.searchsorted(np.sort(coarse, axis=None), coarse) / loss.size
    return (logarithm + rank / rank.max()) / 2


def shaded(height):
    """RGB along the ramp, with each level line a little darker."""
    colours = np.stack([np.interp(height * (len(RAMP) - 1), range(len(RAMP)), channel) for channel in RAMP.T], axis=-1)
    level = np.floor(height * LEVELS)
    edge = (level != np.roll(level, 1, axis=0)) | (level != np.roll(level, 1, axis=1))
    edge[0] = edge[:, 0] = False
    wide = edge | np.roll(edge, 1, axis=0) | np.roll(edge, 1, axis=1)
    return colours * np.where(wide, 0.86, 1.0)[..., None]


if __name__ == "__main__":
    main(sys.argv[1:])
