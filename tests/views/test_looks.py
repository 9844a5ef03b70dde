"""Eight paths can be told apart, whichever eight they are."""

from hypothesis import given
from hypothesis import strategies as st

from optimizers import OPTIMIZERS
from views.looks import looks

KEYS = st.lists(st.sampled_from(list(OPTIMIZERS)), unique=True, max_size=8)


@given(KEYS)
def test_no_two_paths_share_a_colour(keys):
    colours = [look.colour for look in looks(keys).values()]
    assert len(set(colours)) == len(keys)


@given(KEYS)
def test_six_paths_share_no_dash_either(keys):
    dashes = [look.dash for look in looks(keys[:6]).values()]
    assert len(set(dashes)) == len(keys[:6])


@given(KEYS)
def test_adding_a_card_changes_no_earlier_one(keys):
    assert list(looks(keys[:-1]).items()) == list(looks(keys).items())[: max(len(keys) - 1, 0)]


@given(st.sampled_from(list(OPTIMIZERS)))
def test_alone_an_optimizer_wears_its_own(key):
    assert looks([key])[key] == (OPTIMIZERS[key].colour, OPTIMIZERS[key].dash)
