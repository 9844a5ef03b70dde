"""A visitor's own files in a real Chromium: opened, refused, taken home, and opened again."""

import io
import zipfile

import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, evaluate, load_scene, save_scene
from optimizers import OPTIMIZERS, descend

pytestmark = pytest.mark.browser


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("loss.npy", bytes(2**29))
    return file.getvalue()


def test_a_file_is_opened_a_hostile_one_refused_and_what_is_taken_home_opens_again(server, browser_without_gpu, open_page, tmp_path):
    landscape = LANDSCAPES["himmelblau"]
    surface = evaluate(landscape.loss, Plane.axes(landscape.window), 31)
    path = descend(landscape.loss, OPTIMIZERS["momentum"](), landscape.start, 40)
    save_scene(tmp_path / "mine.zarr.zip", surface, {"Mine": path}, made={"seed": 5})
    (tmp_path / "bomb.zip").write_bytes(bomb())
    page = open_page(browser_without_gpu, reduced_motion="reduce", accept_downloads=True)
    page.set_default_timeout(60_000)
    page.goto(f"{server.url}/?landscape=booth&optimizer=adam&view=contour")
    page.locator(".js-plotly-plot").first.wait_for()
    page.get_by_role("link", name="Your file").click()  # while the other page still draws
    chooser = page.locator("input[type=file]").first
    chooser.wait_for(state="attached")

    chooser.set_input_files(tmp_path / "bomb.zip")
    page.get_by_text("would unpack to 512 MiB").wait_for()

    (tmp_path / "holed.csv").write_text("x,y,loss\n0,0,1\n1,0,2\n2,0,nan\n0,1,2\n1,1,3\n2,1,4\n")
    chooser.set_input_files(tmp_path / "holed.csv")
    page.get_by_text("Height and colour: loss. Where the surface has holes the loss is no finite number.", exact=True).wait_for()

    chooser.set_input_files(tmp_path / "mine.zarr.zip")
    stage = page.get_by_test_id("stage")
    stage.get_by_role("radio", name="Contour").check()
    page.locator(".js-plotly-plot").first.wait_for()
    drawn = "() => { const of = document.querySelector('[data-testid=stage] .js-plotly-plot')?.data?.find(({ name }) => name === 'Mine'); return of ? [of.x.length, of.x.at(-1), of.y.at(-1)] : null; }"
    page.wait_for_timeout(500)
    count, x, y = page.evaluate(drawn)
    assert count == 41
    np.testing.assert_allclose([x, y], path.positions[-1], rtol=1e-5)
    step = stage.get_by_role("slider", name="Step", exact=True)
    step.focus()
    page.keyboard.press("Home")
    assert step.input_value() == "0"

    page.get_by_text("How it was made").click()
    page.get_by_text('"seed": 5').wait_for()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Scene (.zarr.zip)").click()
    taken.value.save_as(tmp_path / "again.zarr.zip")
    np.testing.assert_array_equal(load_scene(tmp_path / "again.zarr.zip").surface.loss, surface.loss)

    page.get_by_role("link", name="Explore").click()
    page.wait_for_url("**landscape=booth**")
