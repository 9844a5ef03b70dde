"""Hypothesis strategies for settings and for what strangers send."""

from dataclasses import replace

from hypothesis import strategies as st

from landscapes import LANDSCAPES
from optimizers import OPTIMIZERS, SCHEDULES
from views.checks import significant
from views.knobs import knobs
from views.settings import MOST_BATCH, MOST_NOISE, MOST_OPTIMIZERS, MOST_SEED, MOST_STEPS, SCALES, SPEEDS, VIEWS, Card, Kept, Noise, OwnFormula, Settings, build, shape_knobs

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def numbers(low, high):
    return st.floats(low, high, allow_nan=False).map(lambda value: value + 0.0)


noises = st.builds(Noise, numbers(0, MOST_NOISE), st.integers(0, MOST_BATCH), st.integers(0, MOST_SEED))


@st.composite
def cards(draw, key):
    card = Card(key, opened=draw(st.booleans()))
    known = knobs(card.kind)
    for name in draw(st.lists(st.sampled_from(list(known)), unique=True, max_size=3)):
        card = card.with_knob(name, draw(numbers(known[name].low, known[name].high)))
    return card


@st.composite
def kept_runs(draw, starts):
    card = draw(st.sampled_from(list(OPTIMIZERS)).flatmap(cards))
    known = knobs(card.kind)[card.kind.rail]
    card = replace(card, opened=False).with_knob(known.name, draw(numbers(known.low, known.high)))
    return Kept(card, draw(starts), draw(st.integers(1, MOST_STEPS)), draw(st.sampled_from(list(SCHEDULES))), draw(st.just(Noise()) | noises))


@st.composite
def own_formulas(draw):
    text = draw(st.sampled_from(["a*x^2 + b*y**2", "(1-x)^2+100*(y-x^2)^2", "exp(-x1/width) + 1e-3*x2", "x"]))
    low = st.tuples(numbers(-100, 100), numbers(-100, 100))
    return draw(st.just(OwnFormula(text)) | low.map(lambda at: OwnFormula(text, ((at[0], at[0] + 0.5), (at[1], at[1] + 7)))))


@st.composite
def settings_values(draw):
    landscape = draw(st.sampled_from(list(LANDSCAPES)) | own_formulas())
    keys = draw(st.lists(st.sampled_from(list(OPTIMIZERS)), unique=True, max_size=MOST_OPTIMIZERS))
    settings = Settings(landscape=landscape, optimizers=tuple(draw(cards(key)) for key in keys))
    for name, knob in shape_knobs(landscape).items():
        if draw(st.booleans()):
            settings = settings.with_shape(name, draw(numbers(knob.low, knob.high)))
    steps = draw(st.integers(1, MOST_STEPS))
    (x0, x1), (y0, y1) = build(landscape, ()).window
    rounded = numbers(-100, 100).map(significant)
    ranges = st.tuples(rounded, rounded).filter(lambda pair: pair[0] < pair[1])
    starts = st.tuples(numbers(x0, x1), numbers(y0, y1))
    return replace(
        settings,
        start=draw(st.none() | starts),
        schedule=draw(st.sampled_from(list(SCHEDULES))),
        kept=tuple(draw(st.lists(kept_runs(starts), unique=True, max_size=2))),
        steps=steps,
        view=draw(st.sampled_from(VIEWS)),
        height=draw(st.sampled_from(SCALES)),
        colour=draw(st.sampled_from(SCALES)),
        camera=draw(st.none() | st.tuples(*[rounded] * 9)),
        zoom=draw(st.none() | st.tuples(ranges, ranges)),
        step=draw(st.none() | st.integers(0, steps)),
        speed=draw(numbers(*SPEEDS)),
        target=draw(st.none() | numbers(-1e6, 1e6)),
        seed=draw(st.integers(0, MOST_SEED)),
        noise=draw(st.just(0.0) | numbers(0, MOST_NOISE)),
        batch=draw(st.integers(0, MOST_BATCH)),
    )
