"""Network settings to URL and back, by the rules of `views.query`: hostile links open with what is valid."""

from dataclasses import replace

from landscapes.directions import NORMALIZATIONS
from landscapes.networks import BATCHNORMS, DATA, NETWORKS
from optimizers import SCHEDULES
from views import checks
from views.networks.settings import (
    MOST_STEPS,
    NOISES,
    PLANES,
    REACHES,
    RESOLUTIONS,
    SAMPLES,
    SURFACES,
    TEST_SHARES,
    WEIGHT_DECAYS,
    KeptRun,
    NetworkSettings,
)
from views.knobs import knobs
from views.query import LOOK_READERS, LOOK_WRITERS, SEPARATOR, Query, Reader, flattened, with_kept, written
from views.settings import MOST_SEED, Card

FULL = "full"


def write(settings: NetworkSettings) -> dict[str, list[str]]:
    """The query of `settings`: what differs from the network as it comes."""
    query = {} if settings.network == NetworkSettings.network else {"network": [settings.network]}
    kept = {"kept": [kept_text(run) for run in settings.kept]} if settings.kept else {}
    return {**query, **written(settings, NetworkSettings.of(settings.network), _WRITERS), **kept}


def read(query: Query) -> tuple[NetworkSettings, list[str]]:
    """Settings, and one sentence for each thing that was ignored."""
    reader = Reader(query)
    reader.expect(*_READERS, *_DATA_READERS, "network", "batch", "optimizer", "kept")
    default = NetworkSettings.of(reader.one("network", network, NetworkSettings.network))
    settings = replace(default, optimizers=reader.cards(default), **reader.all(_READERS, default))
    for name, check in _DATA_READERS.items():
        settings = replace(settings, **{name: reader.one(name, lambda text: check(text, settings), getattr(settings, name))})
    settings = replace(settings, batch=reader.one("batch", lambda text: batch(text, settings), fitting(settings).batch))
    return with_kept(reader, settings, _kept), reader.sentences


def kept_text(run: KeptRun) -> str:
    """A kept run in an address, and its name in events: optimizer~schedule~knob~value..."""
    return SEPARATOR.join((run.card.key, run.schedule, *flattened(run.card.knobs)))


def _kept(text: str, settings: NetworkSettings) -> KeptRun:
    key, schedule, *pairs = text.split(SEPARATOR) if SEPARATOR in text else (text, "")
    card = Card(checks.optimizer(key, settings.registry))
    if len(pairs) % 2:
        raise ValueError(f"expected an optimizer, a schedule and knobs with their values, got {checks.quoted(text)}")
    for name, value in zip(pairs[::2], pairs[1::2]):
        card = card.with_knob(*checks.knob(knobs(card.kind), name, value))
    if card.tuned:
        raise ValueError(f"a run of {card.kind.title} names its {card.kind.rail.replace('_', ' ')}")
    return KeptRun(card, checks.choice(schedule, tuple(SCHEDULES)))


def network(raw: object) -> str:
    if not isinstance(raw, str) or raw not in NETWORKS:
        raise ValueError(f"there is no network {checks.quoted(raw)}")
    return raw


def batch(raw: object, settings: NetworkSettings) -> int | None:
    """A size that the training samples hold, or None for "full"."""
    return None if raw == FULL else checks.whole(raw, 1, settings.training_samples)


def samples(raw: object, settings: NetworkSettings) -> int:
    source = DATA[settings.preset.data]
    low, high = SAMPLES
    return checks.whole(raw, low, high if source.generated else source.samples)


def noise(raw: object, settings: NetworkSettings) -> float:
    if not DATA[settings.preset.data].generated:
        raise ValueError("these data were measured, and no noise is added")
    return checks.within(raw, *NOISES)


def fitting(settings: NetworkSettings) -> NetworkSettings:
    """With a batch that is no larger than the data."""
    too_large = settings.batch is not None and settings.batch > settings.training_samples
    return replace(settings, batch=None) if too_large else settings


_DATA_READERS = {
    "samples": samples,
    "noise": noise,
    "test_share": lambda raw, settings: checks.within(raw, *TEST_SHARES),
}

_READERS = {
    "seed": lambda text: checks.whole(text, 0, MOST_SEED),
    "steps": lambda text: checks.whole(text, 1, MOST_STEPS),
    "schedule": lambda text: checks.choice(text, tuple(SCHEDULES)),
    "weight_decay": lambda text: checks.within(text, *WEIGHT_DECAYS),
    "batchnorm": lambda text: checks.choice(text, BATCHNORMS),
    "plane": lambda text: checks.choice(text, PLANES),
    "normalize": lambda text: checks.choice(text, NORMALIZATIONS),
    "directions": lambda text: checks.whole(text, 0, MOST_SEED),
    "surface": lambda text: checks.choice(text, SURFACES),
    "resolution": lambda text: int(checks.choice(text, tuple(map(str, RESOLUTIONS)))),
    "reach": lambda text: checks.within(text, *REACHES),
    **LOOK_READERS,
}

_WRITERS = {
    "seed": str,
    "samples": str,
    "noise": repr,
    "test_share": repr,
    "steps": str,
    "batch": lambda batch: FULL if batch is None else str(batch),
    "schedule": str,
    "weight_decay": repr,
    "batchnorm": str,
    "plane": str,
    "normalize": str,
    "directions": str,
    "surface": str,
    "resolution": str,
    "reach": repr,
    **LOOK_WRITERS,
}
