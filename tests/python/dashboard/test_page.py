"""The page in a real browser, over a real server and a real training: every button, and back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rl_training.runs.live_view import LiveWriter
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status
from tests.python.dashboard.conftest import (
    PATIENCE_S,
    TOKEN,
    Dashboard,
    make_run,
    start_dashboard,
    wait_until,
)

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def page(browser: Any, dashboard: Dashboard) -> Iterator[Any]:
    """A page of the server, not opened yet; an error in its scripts fails the test."""
    context = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 900})
    made = context.new_page()
    made.set_default_timeout(PATIENCE_S * 1000)
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    yield made
    context.close()
    assert not errors


def _open(page: Any, dashboard: Dashboard, query: str = "") -> None:
    page.goto(f"{dashboard.url}/{query}#token={TOKEN}")
    page.wait_for_function("() => document.querySelectorAll('#runs li[data-run]').length > 0")


def _lines(page: Any, chart: str) -> Any:
    """Return {name of a line: its values} of a chart."""
    return page.evaluate(
        """id => Object.fromEntries(app.charts.get(id).lines.filter(line => !line.faint)
        .map(line => [line.name, [line.x, line.y]]))""",
        chart,
    )


def _drawn(page: Any, chart: str) -> Any:
    page.locator(f"figure[data-id={chart}]").scroll_into_view_if_needed()
    page.wait_for_function("id => app.charts.get(id)?.lines.length > 0", arg=chart)
    return _lines(page, chart)


def test_curves_side_by_side_smoothed_and_subtracted(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "one")
    make_run(dashboard.root, "two", scale=3.0)
    _open(page, dashboard, "?runs=one&runs=two&focus=one")
    assert "token" not in page.url  # taken out of the address at once
    lines = _drawn(page, "length")
    assert set(lines) == {"one", "two"}
    success = _drawn(page, "success")["one"]
    assert success[1] == pytest.approx([min(1.0, i / 50) for i in range(50)])
    band = page.evaluate("app.charts.get('success').lines[0].low")
    assert all(low <= value for low, value in zip(band, success[1], strict=True))
    page.select_option("#base", "one")
    page.wait_for_function("() => app.charts.get('reward').lines.every(line => line.run === 'two')")
    page.locator("#smooth").fill("0")
    _drawn(page, "length")
    page.wait_for_function("() => app.charts.get('length').lines.length === 1")
    (difference,) = _lines(page, "length").values()
    assert difference[1] == [0.0] * 50
    page.select_option("#base", "")
    page.locator("#smooth").fill("0.9")
    _drawn(page, "kl")
    page.wait_for_function("() => app.charts.get('kl').lines.some(line => line.faint)")
    _drawn(page, "terms")
    stacked = page.evaluate("app.charts.get('terms').lines.map(line => [line.name, line.floor[5]])")
    assert [name for name, _ in stacked] == ["goal", "time"]
    page.locator("figure[data-id=evaluation]").scroll_into_view_if_needed()
    _drawn(page, "evaluation")
    page.locator("figure[data-id=lesson]").scroll_into_view_if_needed()
    assert max(_drawn(page, "lesson")["one"][1]) == 3


def test_zoom_is_tied_and_survives_a_reload(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "walk")
    _open(page, dashboard)
    _drawn(page, "reward")
    box = page.locator("figure[data-id=reward] .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60, steps=5)
    page.mouse.up()
    page.wait_for_function("() => app.state.zoom !== null")
    low, high = page.evaluate("app.state.zoom")
    assert 10_000 < low < 16_000 < 22_000 < high < 28_000
    ranges = page.evaluate("[...app.seen].map(chart => chart.xRange().map(Math.round).join())")
    assert len(set(ranges)) == 1
    page.reload()
    _drawn(page, "reward")
    assert page.evaluate("app.state.zoom") == pytest.approx([low, high], abs=1)
    page.click("#unzoom")
    assert page.evaluate("app.state.zoom") is None


def test_hover_tells_values(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "walk")
    _open(page, dashboard)
    _drawn(page, "length")
    page.locator("figure[data-id=success] .u-over").hover()
    page.wait_for_function("() => app.charts.get('success').legend.innerText.startsWith('at ')")
    # The cursor of the other charts stands at the same step.
    page.wait_for_function("() => app.charts.get('reward').legend.innerText.startsWith('at ')")


def test_png_and_csv(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "walk")
    _open(page, dashboard)
    _drawn(page, "reward")
    with page.expect_download() as made:
        page.click("[aria-label='Reward as CSV']")
    lines = Path(made.value.path()).read_text().splitlines()
    assert lines[0] == "run,scalar,timesteps,value"
    assert lines[1] == '"walk","rollout/ep_rew_mean",1000,0'
    assert len(lines) == 51
    with page.expect_download() as made:
        page.click("[aria-label='Reward as PNG']")
    assert Path(made.value.path()).read_bytes().startswith(b"\x89PNG")


def test_settings_differences_episodes_and_log(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "other", scale=2.0)
    paths = make_run(dashboard.root, "walk", settings={"note": "<img src=x onerror=alert(1)>"})
    paths.failures.mkdir()
    (paths.failures / "episode_000003_77.replay").write_bytes(b"x")
    (paths.failures / "episode_000003_77.avi").write_bytes(_avi())
    _open(page, dashboard, "?focus=walk")
    page.click("[data-tab=settings]")
    page.wait_for_selector("text=algorithm.learning_rate")
    assert page.locator("#settings img").count() == 0  # text stays text
    page.select_option("#settings select", "other")
    page.wait_for_selector("td.differs >> text=0.002")
    page.click("[data-tab=episodes]")
    page.wait_for_selector("text=3, seed 77")
    assert "replay" in page.locator("#episodes code").first.inner_text()
    page.click("#episodes button:has-text('Play')")
    page.wait_for_function("() => document.querySelector('#episodes canvas')?.width === 2")
    page.click("[data-tab=log]")
    page.wait_for_selector("text=walk began")
    with open(paths.train_log, "a") as file:
        file.write("INFO a new line\n")
    page.wait_for_selector("text=a new line")


def _avi() -> bytes:
    """Return a film of two pictures of 2 x 2 pixels, as Godot's movie writer makes them."""
    import io
    import struct

    from matplotlib import image

    made = io.BytesIO()
    image.imsave(made, [[0.0, 1.0], [1.0, 0.0]], format="jpeg")
    picture = made.getvalue()
    chunk = b"00dc" + struct.pack("<I", len(picture)) + picture + b"\0" * (len(picture) & 1)
    movi = b"movi" + chunk * 2
    return b"RIFF" + struct.pack("<I", 12 + len(movi)) + b"AVI " + b"LIST" + struct.pack(
        "<I", len(movi)
    ) + movi  # fmt: skip


def _press(page: Any, word: str, told: str) -> None:
    """Press a button of the run, confirm, and wait for what is told of the result.

    The stream tells things at its own time, so the newest line may be of something else.
    """
    page.click(f"#about button:has-text('{word}')")
    page.click("#dialog button[type=submit]")
    page.wait_for_function("() => !document.getElementById('dialog').open")
    page.wait_for_selector(f".toast >> text={told}")


def test_buttons_act_on_the_real_run(
    page: Any, dashboard: Dashboard, training: Callable[..., subprocess.Popen[str]]
) -> None:
    child = training("walk")
    paths = RunPaths("walk", dashboard.root)
    _open(page, dashboard)
    page.wait_for_selector(".stage.alive")
    # A button asks first; Cancel does nothing.
    page.click("#about button:has-text('Stop')")
    page.click("#dialog button:has-text('Cancel')")
    _press(page, "Save", "saved")
    assert paths.checkpoints()
    _press(page, "Pause", "paused")
    page.wait_for_selector("#about .stage:has-text('paused')")
    _press(page, "Resume", "going on")
    page.click("#about button:has-text('Change a parameter')")
    page.fill("#dialog input >> nth=0", "learning_rate")
    page.fill("#dialog input >> nth=1", "2")
    page.click("#dialog button[type=submit]")
    page.wait_for_selector("#dialog >> text=at most 1")  # refused, and it says why
    page.fill("#dialog input >> nth=1", "0.0002")
    page.click("#dialog button[type=submit]")
    page.wait_for_selector(".toast >> text=0.0002")
    page.wait_for_function("() => !document.getElementById('dialog').open")
    _press(page, "Stop", "stopping")
    assert child.wait(PATIENCE_S) == 0
    assert paths.final_model.is_file()
    page.wait_for_selector("#about .stage:has-text('stopped')")


def test_a_run_is_started_from_the_page(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "old")
    _open(page, dashboard)
    page.click("#new")
    page.select_option("#dialog select >> nth=1", "quick")
    page.fill("#dialog input >> nth=0", "bad name")
    page.click("#dialog button[type=submit]")
    assert page.evaluate("document.getElementById('dialog').open")  # the field says what is wrong
    page.fill("#dialog input >> nth=0", "fresh")
    page.click("#dialog button[type=submit]")
    page.wait_for_selector(".toast >> text=started as process")
    page.wait_for_selector("#about h2:has-text('fresh')")
    started = dashboard.get("/runs")["runs"]
    assert {"fresh", "old"} == {each["name"] for each in started}
    words = json.loads((dashboard.root / "logs/.starts/fresh.json").read_text())["command"]
    assert words[words.index("--preset") + 1] == "quick"
    _press(page, "Stop", "/asked to end|stopping/")
    page.wait_for_function("() => !document.querySelector('#about .stage.alive')")


@pytest.mark.nightly
def test_the_page_comes_back_after_the_server(
    page: Any,
    dashboard: Dashboard,
    tmp_path: Path,
    training: Callable[..., subprocess.Popen[str]],
) -> None:
    training("walk")
    _open(page, dashboard, "?runs=walk")
    before = len(_drawn(page, "rate")["fps"][0])
    dashboard.process.send_signal(signal.SIGKILL)
    dashboard.process.communicate()
    page.wait_for_selector("#link.off")
    port = int(dashboard.url.rpartition(":")[2])
    again = start_dashboard(tmp_path / "runs", port=port)
    try:
        page.wait_for_selector("#link:not(.off)")
        page.wait_for_function("n => app.charts.get('rate').lines[0].x.length > n", arg=before)
        steps = _lines(page, "rate")["fps"][0]
        assert steps == sorted(set(steps))
        os.kill(read_pid(tmp_path), signal.SIGTERM)
        wait_until(lambda: _stage(tmp_path) in ("stopped", "done"), "the run's end")
    finally:
        again.end()


def read_pid(tmp_path: Path) -> int:
    status = read_status(RunPaths("walk", tmp_path / "runs").status)
    assert status is not None
    return status.pid


def _stage(tmp_path: Path) -> str:
    status = read_status(RunPaths("walk", tmp_path / "runs").status)
    return "" if status is None else status.stage


def test_keys(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "one")
    make_run(dashboard.root, "two")
    _open(page, dashboard)
    first = page.evaluate("app.state.focus")
    page.keyboard.press("j")
    assert page.evaluate("app.state.focus") != first
    page.keyboard.press("x")
    assert len(page.evaluate("app.shown")) == 1
    page.keyboard.press("/")
    page.keyboard.type("two")
    assert page.locator("#runs li[data-run]").count() == 1
    page.locator("#filter").fill("")
    page.locator("#filter").blur()
    page.keyboard.press("3")
    assert page.evaluate("app.state.tab") == "episodes"
    page.keyboard.press("?")
    page.wait_for_selector("#dialog kbd >> nth=0")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    _drawn(page, "reward")
    page.focus("figure[data-id=reward] .u-over")
    page.keyboard.press("+")
    assert page.evaluate("app.state.zoom") is not None
    page.keyboard.press("0")
    assert page.evaluate("app.state.zoom") is None


def test_themes_and_a_narrow_screen(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "walk")
    page.emulate_media(color_scheme="light")
    _open(page, dashboard)
    _drawn(page, "reward")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.click("#theme")
    assert page.evaluate(background) != light
    page.reload()
    assert page.evaluate(background) != light
    page.set_viewport_size({"width": 380, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    page.click("#menu")
    page.wait_for_function(
        "() => document.getElementById('side').getBoundingClientRect().left >= 0"
    )
    page.click("#runs li[data-run] .name")


def test_the_live_view_shows_where_agents_are(
    page: Any, dashboard: Dashboard, training: Callable[..., subprocess.Popen[str]]
) -> None:
    training("walk")
    paths = RunPaths("walk", dashboard.root)
    at = {"episode": 0, "decisions": 0, "at": [1.0, 2.0, 0.0, 0.0]}
    writer = LiveWriter(paths, 2, lambda _: [["Walker", "agent", "circle", 1.0, 1.0]], lambda _: at)
    _open(page, dashboard, "?tab=live&arenas=1")
    wait_until(lambda: (paths.live / "wanted.json").is_file(), "the wish")

    def told() -> bool:
        at["decisions"] += 1  # type: ignore[operator]
        writer.look()
        return str(page.evaluate("app.live.canvas?.dataset.told || ''")).startswith("1:0:")

    wait_until(told, "the picture")


def test_a_wrong_token_is_asked_for(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "walk")
    page.goto(f"{dashboard.url}/#token=wrong")
    page.wait_for_selector("#dialog input[type=password]")
    page.fill("#dialog input", TOKEN)
    page.click("#dialog button")
    page.wait_for_selector("#runs li[data-run]")


def test_the_small_buttons(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "one")
    make_run(dashboard.root, "two")
    _open(page, dashboard)
    page.click("#none")
    page.wait_for_selector("#nothing:has-text('choose a run')")
    page.click("#all")
    assert set(_drawn(page, "length")) == {"one", "two"}
    page.click("[aria-label='Enlarge Reward']")
    page.wait_for_selector("figure.wide[data-id=reward]")
    page.fill("#search", "train/std")  # no run has it: nothing is shown for it
    page.fill("#search", "train/loss")
    page.press("#search", "Enter")
    assert set(_drawn(page, "train_loss")) == {"one", "two"}
    page.click("[aria-label='Remove train/loss']")
    page.wait_for_function("() => !app.charts.has('train_loss')")
    page.click("#about button:has-text('Train on')")
    page.wait_for_selector("#dialog h2:has-text('Go on with')")
    assert page.locator("#dialog input").first.get_attribute("readonly") is not None
    page.click("#dialog button:has-text('Cancel')")
    page.click("#runs li[data-run=one] input")
    assert page.evaluate("app.shown") == ["two"]


def test_a_failed_start_is_dismissed(page: Any, dashboard: Dashboard) -> None:
    make_run(dashboard.root, "old")
    wanted = {"scenario": "vr_locomotion", "experiment_name": "gone", "resume": True}
    assert dashboard.ask("POST", "/control/start", wanted).status_code == 202
    _open(page, dashboard, "?focus=gone")
    page.wait_for_selector("#about .stage.failed")
    assert "resume" in page.locator("#about .message").inner_text()
    page.click("#about button:has-text('Dismiss')")
    page.wait_for_function("() => !app.rows.has('gone')")
