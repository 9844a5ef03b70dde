"""The stage under a finger."""


def scenes(stage) -> int:
    return sum(url.endswith("/scene") for url in stage.requests)


def tap(stage, share_x: float, share_y: float) -> None:
    """Tap at a share of the 3D picture's width and height, and give Plotly time to draw, and to say so, again and again."""
    box = stage.page.locator(".space canvas").first.bounding_box()
    with stage.page.expect_request(lambda request: request.url.endswith("/scene")):
        stage.page.touchscreen.tap(box["x"] + box["width"] * share_x, box["y"] + box["height"] * share_y)
    stage.settled()
    stage.page.wait_for_timeout(1500)
    stage.settled()


def test_a_tap_on_the_3d_picture_asks_for_one_scene_and_turns_nothing(solid_stage):
    stage = solid_stage("?view=3d", has_touch=True)
    before = scenes(stage)
    tap(stage, 0.45, 0.6)
    assert scenes(stage) == before + 1
    first = stage.page.url
    assert "start=" in first and "camera=" not in first
    tap(stage, 0.55, 0.6)
    assert scenes(stage) == before + 2
    assert stage.page.url != first and "camera=" not in stage.page.url
