"""Draws the gallery: one small picture a landscape. Run from the repository: python -m assets.landscapes.draw

The loss is stretched logarithmically above its lowest value, then by rank, so that every family shows its
shape, with a few level lines. Colours mean what they mean on the stage (assets/stage/theme.js): the lowest loss
has the page's own tone. The pictures are for a light page; gallery.css turns their lightness over on a dark one.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from landscapes import LANDSCAPES, Plane, evaluate, parse_formula
from views.settings import OWN, OwnFormula

SIZE = (192, 144)
FINER = 4  # evaluated this many times finer, then reduced: smooth level lines
LEVELS = 9
SHADES = 44
EDGE = 0.86  # how much darker a level line is
# Paper to slate blue: the stage's light scale, its high end a little darker so that a small picture is readable.
RAMP = np.array([(251, 250, 246), (218, 227, 229), (176, 197, 208), (124, 155, 177), (66, 104, 135)])


def main(keys):
    members = {OWN: parse_formula(*OwnFormula()), **LANDSCAPES}
    for key in keys or members:
        picture(members[key]).save(Path(__file__).with_name(f"{key}.png"), optimize=True)


def picture(landscape) -> Image.Image:
    """The loss over the landscape's window, y upwards."""
    fine = tuple(FINER * side for side in SIZE)
    loss = evaluate(landscape.loss, Plane.axes(landscape.window), fine).loss[::-1]
    colours = shaded(stretched(loss))
    image = Image.fromarray(colours.round().astype(np.uint8)).resize(SIZE, Image.Resampling.LANCZOS)
    return image.quantize(palette=palette(), dither=Image.Dither.NONE)


def palette() -> Image.Image:
    """Shades of the ramp, half as many for the level lines: chosen here, so that a small bright spot keeps its colour."""
    shades = np.concatenate([ramp(np.linspace(0, 1, SHADES)), EDGE * ramp(np.linspace(0, 1, SHADES // 2))])
    image = Image.new("P", (1, 1))
    image.putpalette(shades.round().astype(np.uint8).tobytes())
    return image


def stretched(loss):
    """0 at the lowest loss, 1 at the highest: half by logarithm, half by rank."""
    above = loss - loss.min()
    logarithm = np.log(above + 0.01 * np.median(above) + 1e-12)
    logarithm = (logarithm - logarithm.min()) / np.ptp(logarithm)
    # Ranks of coarse values: a plain that is flat to the eye stays flat.
    coarse = np.round(logarithm * 60)
    rank = np.searchsorted(np.sort(coarse, axis=None), coarse) / loss.size
    return (logarithm + rank / rank.max()) / 2


def shaded(height):
    """RGB along the ramp, with each level line a little darker."""
    level = np.minimum(np.floor(height * LEVELS), LEVELS - 1)
    edge = (level != np.roll(level, 1, axis=0)) | (level != np.roll(level, 1, axis=1))
    edge[0] = edge[:, 0] = False
    wide = edge | np.roll(edge, 1, axis=0) | np.roll(edge, 1, axis=1)
    return ramp(height) * np.where(wide, EDGE, 1.0)[..., None]


def ramp(height):
    """RGB in a last axis for heights from 0 to 1."""
    position = height * (len(RAMP) - 1)
    return np.stack([np.interp(position, range(len(RAMP)), channel) for channel in RAMP.T], axis=-1)


if __name__ == "__main__":
    main(sys.argv[1:])
