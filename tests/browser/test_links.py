"""Links and visitors, in real Chromium browsers."""

import pytest

pytestmark = pytest.mark.browser


def test_the_same_link_gives_the_same_picture_in_another_browser(stage, solid_stage):
    first = stage("?landscape=himmelblau&view=contour&optimizer=adam~learning_rate~0.3&optimizer=nesterov&start=-1~2&step=40")
    second = solid_stage(first.page.url.split("/")[-1])
    assert second.page.url == first.page.url
    for title in ("Adam", "Nesterov"):
        assert first.path(title) == second.path(title)
    assert first.ranges() == second.ranges()


@pytest.mark.full
def test_two_visitors_do_not_see_each_other(stage):
    one, other = stage(), stage()
    one.click_contour(0.3, 0.8)
    one.settled()
    other.rail("Adam").press("ArrowLeft")
    other.settled()
    assert "start=" not in other.page.url
    assert "learning_rate" not in one.page.url


def test_a_hostile_link_opens_the_page_and_says_what_it_ignored(stage):
    shown = stage("?landscape=nowhere&start=NaN~1e400&steps=many&optimizer=adam~learning_rate~words&view=contour")
    text = shown.page.locator("[data-testid=stMain]").text_content()
    assert "nowhere" in text and "steps" in text
    assert "Traceback" not in text


@pytest.mark.full
def test_a_link_of_a_megabyte_opens_and_says_that_it_was_cut(stage):
    shown = stage("?landscape=booth&view=contour&" + "&".join(["optimizer=adam"] * 10_000) + "&start=" + "9" * 10**6)
    text = shown.page.locator("[data-testid=stMain]").text_content()
    assert "too long" in text
    assert "landscape=booth" in shown.page.url and len(shown.page.url) < 1000
