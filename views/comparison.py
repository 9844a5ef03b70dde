"""Fair comparison under the stage: the panel, and by address what each optimizer reaches for the same cost. Stateless, as scenes are."""

import math
from collections.abc import Generator
from functools import partial
from typing import NamedTuple

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from optimizers import OPTIMIZERS, Comparison, Optimizer, result, verdict
from optimizers.comparison import Contender, Terms, contend_in_pieces, heat_in_pieces, terms
from optimizers.trajectory import GRADIENT_COST
from views import runs, scenes, turns, wire
from views.assets import base_path, loader
from views.cache import Cache
from views.knobs import knobs
from views.looks import looks
from views.relief import Searched, relief
from views.settings import Card, Noise, OwnFormula, Pairs, Settings, named

STARTS, RATES, OTHERS = 64, 25, 9  # starts to tune on, as many to be tested on; values of the rail and of a second knob

_component = st.components.v2.component(
    "thalweg_comparison", js=loader("comparison/comparison.js", "mount(component)"), isolate_styles=False
)


class Ground(NamedTuple):
    """What all contenders have in common; `steps` of a gradient's cost are the budget."""

    landscape: str | OwnFormula
    shape: Pairs
    steps: int
    seed: int
    noise: Noise


class Recipe(NamedTuple):
    ground: Ground
    optimizer: str
    knobs: Pairs


LOWER = "Choose fewer steps, fewer optimizers, or some whose steps are quicker."
_grounds: Cache[Terms] = Cache("terms", lambda each: 3 * each.tuning.nbytes)
_contenders: Cache[Contender] = Cache("contender", lambda each: each.swept.nbytes + each.tested.nbytes)
_maps: Cache[bytes] = Cache("map of knobs", len)


def mount(settings: Settings) -> None:
    """Show the panel, closed at first; it computes when its button is pressed."""
    cards = tuple({"key": card.key, "title": card.kind.title, "others": _others(card)} for card in settings.optimizers)
    _component(key="comparison", data={"address": f"{base_path()}/comparison", "query": scenes.text(settings), "cards": cards})


def _others(card: Card) -> list[dict]:
    """The knobs that may be the second one of a map."""
    known = [knob for name, knob in knobs(card.kind).items() if name not in (card.kind.rail, "seed")]
    return [{"name": knob.name, "label": knob.label} for knob in known]


async def answer(request: Request) -> Response:
    """POST {"query", "cards": keys}: those optimizers compared. With "over", a knob of the only card: a map.

    A comparison, float32: `marks` (marks+1,), and for the i-th optimizer `tuned.i` and `default.i` (3, marks+1), the
    quartiles of the losses, `values.i` (rates,) and `shares.i` (rates,); the metadata's `comparison` holds results and the verdict.
    A map: `values` (rates,), `others` (others,), `shares` (others, rates). 400 for what is no such question.
    """
    return await turns.answer(request, _compared, panel="comparison", about="cards")


def _compared(asked: dict) -> Generator:
    settings = scenes.read_question(asked).settings
    cards, over, long = _cards(settings, asked.get("cards")), asked.get("over"), asked.get("long") is True
    if over is not None and (len(cards) != 1 or over not in [other["name"] for other in _others(cards[0])]):
        raise ValueError("expected a second knob of one optimizer")
    return _pack(settings, cards, long) if over is None else _pack_map(settings, cards[0], over, long)


def _cards(settings: Settings, keys: object) -> list[Card]:
    known = {card.key: card for card in settings.optimizers}
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key in known for key in keys):
        raise ValueError("expected the keys of optimizers on the stage as the cards")
    return [card for card in settings.optimizers if card.key in keys]


def _pack(settings: Settings, cards: list[Card], long: bool) -> Generator:
    ground = _ground(settings)
    try:
        terms = _terms(ground)
    except ValueError as error:  # a formula that is a number almost nowhere
        return wire.pack({}, impossible=str(error))
    contenders = yield [partial(_contender, settings, ground, card, long) for card in cards]
    return _packed(settings, cards, ground, Comparison(terms, {card.key: each for card, each in zip(cards, contenders)}))


def _packed(settings: Settings, cards: list[Card], ground: Ground, told: Comparison) -> bytes:
    arrays, worn = {"marks": told.terms.marks}, looks(card.key for card in settings.optimizers)
    for index, (key, contender) in enumerate(told.contenders.items()):
        arrays |= {f"tuned.{index}": told.bands(key), f"default.{index}": told.bands(key, True),
                   f"values.{index}": contender.values, f"shares.{index}": told.shares(key)}  # fmt: skip
    landscape = relief(settings.landscape, settings.shape).landscape
    about = {
        "verdict": f"On {named(settings.landscape, landscape)}: {verdict(told)}", "budget": told.terms.budget, "starts": STARTS, "rates": RATES, "seed": ground.seed,
        "floor": told.floor, "noisy": ground.noise != Noise(), "schedule": settings.schedule != "constant", "known": told.known,
        "optimizers": [{"key": card.key, **worn[card.key]._asdict(), **_told(told, card)} for card in cards],
    }  # fmt: skip
    return wire.pack(arrays, comparison=about)


def _told(told: Comparison, card: Card) -> dict:
    contender, good = told.contenders[card.key], told.good(card.key)
    log = knobs(card.kind)[card.kind.rail].scale in ("log", "coarse")
    return {
        "title": card.kind.title,
        "rail": contender.rail,
        "tuned": {"value": contender.tuned, **_result(told, card.key, False)},
        "default": {"value": contender.default, **_result(told, card.key, True)},
        "good": None if good is None else {**good._asdict(), "decades": good.decades if log else None},
    }


def _result(told: Comparison, key: str, default: bool) -> dict:
    found = result(told, key, default)
    finite = lambda value: value if math.isfinite(value) else None
    return {"successes": found.successes, "share": found.share, "cost": finite(found.cost),
            "cost_interval": [finite(each) for each in found.cost_interval], "above": [finite(each - told.floor) for each in found.loss]}  # fmt: skip


def _pack_map(settings: Settings, card: Card, over: str, long: bool) -> Generator:
    ground = _ground(settings)
    recipe = _recipe(settings, ground, card)

    def compute() -> Generator:
        pieces = heat_in_pieces(_loss(ground), _optimizer(recipe), _terms(ground), over, RATES, OTHERS)
        others, values, shares = yield from turns.limited(pieces, long, LOWER)
        about = {"title": card.kind.title, "rail": knobs(card.kind)[card.kind.rail].label, "over": knobs(card.kind)[over].label}
        return wire.pack({"values": values, "others": others, "shares": shares}, map={"key": card.key, **about})

    try:
        return (yield from _maps.computed((recipe, over), compute))
    except turns.TooLong:
        raise
    except ValueError as error:
        return wire.pack({}, impossible=str(error))


def _ground(settings: Settings) -> Ground:
    return Ground(settings.landscape, settings.shape, settings.steps, settings.seed, settings.drawn)


def _terms(ground: Ground) -> Terms:
    known = Searched(relief(ground.landscape, ground.shape))
    return _grounds.get(ground, lambda: terms(known, ground.steps * GRADIENT_COST, STARTS, ground.seed))


def _contender(settings: Settings, ground: Ground, card: Card, long: bool) -> Generator:
    recipe = _recipe(settings, ground, card)
    pieces = lambda: turns.limited(contend_in_pieces(_loss(ground), _optimizer(recipe), _terms(ground), RATES), long, LOWER)
    return _contenders.computed(recipe, pieces)


def _recipe(settings: Settings, ground: Ground, card: Card) -> Recipe:
    fixed = tuple(sorted((name, value) for name, value in runs.knob_values(settings, card).items() if name != card.kind.rail))
    return Recipe(ground, card.key, fixed)


def _optimizer(recipe: Recipe) -> Optimizer:
    ground = recipe.ground
    landscape = relief(ground.landscape, ground.shape).landscape
    return ground.noise.on(OPTIMIZERS[recipe.optimizer](**dict(recipe.knobs)), landscape)


def _loss(ground: Ground):
    return relief(ground.landscape, ground.shape).landscape.loss
