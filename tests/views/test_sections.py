"""An edit rebuilds the parts of a page that show what it has changed, and no other."""

import pytest
from streamlit.testing.v1 import AppTest


def script():
    from collections import Counter

    import streamlit as st

    from views import sections

    state = st.session_state
    built = state.setdefault("built", Counter())
    state.setdefault("settings", {"left": 1, "right": 1, "around": 1})

    def show(name):
        built[name] += 1
        st.write(f"{name} {state.settings[name]}")

    def press(*names):
        state.settings = {name: value + (name in names) for name, value in state.settings.items()}
        sections.rebuild()

    sections.begin()
    for names in (("left",), ("right",), ("left", "right"), ("around",), ()):
        st.button(" ".join(names) or "nothing", on_click=press, args=names)
    for name in ("left", "right"):
        sections.section(name, lambda _, name=name: show(name), lambda settings, name=name: settings[name])
    if not state.get("torn"):
        show("around")
        sections.end(lambda settings: settings["around"])


@pytest.fixture
def press():
    page = AppTest.from_function(script).run()

    def press(label: str) -> dict:
        page.session_state.built.clear()
        next(button for button in page.button if button.label == label).click().run()
        assert not page.exception
        built = dict(page.session_state.built)
        page.run()  # Streamlit's test page holds only what was rebuilt
        return built

    press.page = page
    return press


@pytest.mark.parametrize("changed", ["left", "right", "left right"])
def test_only_what_shows_the_change_is_rebuilt(press, changed):
    assert press(changed) == dict.fromkeys(changed.split(), 1)


def test_what_stands_in_no_section_is_rebuilt_with_the_whole_page(press):
    assert press("around") == {"left": 1, "right": 1, "around": 1}


def test_an_edit_that_changes_nothing_is_no_error(press):
    assert press("nothing") == {"left": 1, "right": 1, "around": 1}  # the button's own rerun


def test_a_page_that_was_interrupted_is_rebuilt_whole(press):
    press.page.session_state.torn = True
    press.page.run()
    assert press("left") == {"left": 1, "right": 1}
