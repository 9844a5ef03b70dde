"""Hypothesis strategies for the settings of the Networks page."""

from dataclasses import replace

from hypothesis import strategies as st

from landscapes.directions import NORMALIZATIONS
from landscapes.networks import BATCHNORMS, DATA, NETWORKS
from optimizers import NETWORK_OPTIMIZERS, SCHEDULES
from tests.views.strategies import cards, numbers
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
from views.settings import MOST_OPTIMIZERS, MOST_SEED, SCALES, SPEEDS, VIEWS


@st.composite
def kept_runs(draw):
    card = draw(cards(draw(st.sampled_from(list(NETWORK_OPTIMIZERS)))))
    card = card.reset() if card.tuned else card  # which names its rate
    return KeptRun(replace(card, opened=False), draw(st.sampled_from(list(SCHEDULES))))


@st.composite
def network_settings(draw):
    network = draw(st.sampled_from(list(NETWORKS)))
    source = DATA[NETWORKS[network].data]
    keys = draw(st.lists(st.sampled_from(list(NETWORK_OPTIMIZERS)), unique=True, max_size=MOST_OPTIMIZERS))
    steps = draw(st.integers(1, MOST_STEPS))
    settings = replace(
        NetworkSettings.of(network),
        seed=draw(st.integers(0, MOST_SEED)),
        samples=draw(st.integers(SAMPLES[0], SAMPLES[1] if source.generated else source.samples)),
        noise=draw(numbers(*NOISES)) if source.generated else None,
        test_share=draw(numbers(*TEST_SHARES)),
        optimizers=tuple(draw(cards(key)) for key in keys),
        steps=steps,
        schedule=draw(st.sampled_from(list(SCHEDULES))),
        weight_decay=draw(numbers(*WEIGHT_DECAYS)),
        batchnorm=draw(st.sampled_from(BATCHNORMS)),
        plane=draw(st.sampled_from(PLANES)),
        normalize=draw(st.sampled_from(NORMALIZATIONS)),
        directions=draw(st.integers(0, MOST_SEED)),
        surface=draw(st.sampled_from(SURFACES)),
        resolution=draw(st.sampled_from(RESOLUTIONS)),
        reach=draw(numbers(*REACHES)),
        view=draw(st.sampled_from(VIEWS)),
        height=draw(st.sampled_from(SCALES)),
        step=draw(st.none() | st.integers(0, steps)),
        speed=draw(numbers(*SPEEDS)),
        kept=tuple(draw(st.lists(kept_runs(), unique=True, max_size=2))),
    )
    return replace(settings, batch=draw(st.none() | st.integers(1, settings.training_samples)))
