"""The cases: many runs open, a long run scrolls, much arrives for a long time.

Called by `commands.study_dashboard`. The server and the browser are real processes; everything is
told with processor time and the machine's load beside the wall time.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from rl_training.errors import UsageError
from rl_training.runs.processes import package_environment
from rl_training.studies.dashboard.runs import make_run
from rl_training.studies.dashboard.usage import Usage, usage_of

TOKEN = "token-of-the-measurement"
_BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
_PATIENCE_MS = 600_000
_RENDERER = "--type=renderer"
_DRAWN = """n => window.app && app.shown.length === n && app.charts.get('reward')?.u
  && new Set(app.charts.get('reward').lines.map(line => line.run)).size === n"""


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        folder: for the runs; what lies there is used again.
        runs: that are opened at once.
        rows: lines of each of them.
        long_rows: lines of the long run.
        points_per_s: scalars that arrive each second.
        seconds: for which they arrive.
        repeats: of each measurement that is repeated.
    """

    folder: Path
    runs: int = 50
    rows: int = 2000
    long_rows: int = 10_000_000
    points_per_s: int = 10_000
    seconds: float = 60.0
    repeats: int = 5


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str
    pid: int
    began_s: float


def open_many(plan: Plan) -> dict[str, Any]:
    """Open a page on many runs: the server fresh, and warm."""
    root = plan.folder / f"many_{plan.runs}_{plan.rows}"
    for i in range(plan.runs):
        if not (root / "logs" / f"run_{i:03}" / "config.json").is_file():
            make_run(root, f"run_{i:03}", plan.rows)
    query = "&".join(f"runs=run_{i:03}" for i in range(plan.runs))
    found: dict[str, Any] = {"runs": plan.runs, "rows": plan.rows, "load": _load()}
    with _server(root) as server, _browser() as browser:
        found["server_began_s"] = round(server.began_s, 3)
        times, cpus, sent = [], [], 0
        for i in range(plan.repeats + 1):
            before = _both(server, browser.pid)
            page = browser.open(f"{server.url}/?{query}#token={TOKEN}")
            page.wait_for_function(_DRAWN, arg=plan.runs, timeout=_PATIENCE_MS, polling=10)
            # Of the browser's own clock, from the navigation on.
            took = page.evaluate("performance.now()") / 1000.0
            sent = page.evaluate(_TRANSFERRED)
            after = _both(server, browser.pid)
            page.context.close()
            if i == 0:
                found["first_s"] = round(took, 3)
                continue
            times.append(took)
            cpus.append([b.cpu_s - a.cpu_s for a, b in zip(before, after, strict=True)])
        found["open_s"] = round(statistics.median(times), 3)
        found["open_least_s"] = round(min(times), 3)
        found["server_cpu_s"] = round(statistics.median(each[0] for each in cpus), 3)
        found["browser_cpu_s"] = round(statistics.median(each[1] for each in cpus), 3)
        found["page_bytes"] = sent
        found["server_mb"] = round(usage_of(server.pid).bytes / 1e6)
    return found


_TRANSFERRED = """performance.getEntriesByType('resource')
  .filter(each => each.name.includes('/page/'))
  .reduce((sum, each) => sum + each.transferSize, 0)
  + performance.getEntriesByType('navigation')[0].transferSize"""


def scroll_long(plan: Plan) -> dict[str, Any]:
    """Open a run of millions of lines, zoom in and move along."""
    root = plan.folder / f"long_{plan.long_rows}"
    paths = root / "logs" / "long"
    if not (paths / "config.json").is_file():
        make_run(root, "long", plan.long_rows, ("rollout/ep_rew_mean",))
    found: dict[str, Any] = {"rows": plan.long_rows, "load": _load()}
    found["file_mb"] = round((paths / "metrics.jsonl").stat().st_size / 1e6)
    with _server(root) as server, _browser() as browser:
        before = usage_of(server.pid)
        page = browser.open(f"{server.url}/?runs=long#token={TOKEN}")
        page.wait_for_function(_DRAWN, arg=1, timeout=_PATIENCE_MS)
        after = usage_of(server.pid)
        found["read_s"] = round(after.at - before.at, 2)
        found["read_cpu_s"] = round(after.cpu_s - before.cpu_s, 2)
        found["points_drawn"] = page.evaluate("app.charts.get('reward').lines.at(-1).x.length")
        end = plan.long_rows * 100
        steps, cpu = [], usage_of(server.pid).cpu_s
        for i in range(10 * plan.repeats):
            width = end / (2 ** (i % 12 + 1))
            low = (end - width) * (i * 0.37 % 1.0)
            steps.append(page.evaluate(_ZOOM, [low, low + width]))
        found["zoom_s"] = round(statistics.median(steps), 3)
        found["zoom_most_s"] = round(max(steps), 3)
        found["zoom_server_cpu_s"] = round((usage_of(server.pid).cpu_s - cpu) / len(steps), 4)
        found["server_mb"] = round(usage_of(server.pid).bytes / 1e6)
        found["page_mb"] = round(usage_of(browser.pid, _RENDERER).bytes / 1e6)
    return found


# Zooms as a drag does and waits for the exact curve and the next picture.
_ZOOM = """async ([low, high]) => {
  const began = performance.now();
  app.state.zoom = [low, high]; app.zoomed.clear();
  await app.refine();
  if (!app.zoomed.get('long')) throw new Error('no curve came');
  await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
  return (performance.now() - began) / 1000;
}"""


def follow_growing(plan: Plan, say: Any = print) -> dict[str, Any]:
    """Follow a run that grows by thousands of points a second."""
    root = plan.folder / f"growing_{os.getpid()}"
    found: dict[str, Any] = {"points_per_s": plan.points_per_s, "load": _load()}
    words = [sys.executable, "-m", "rl_training.studies.dashboard.runs", str(root), "growing"]
    words += [str(plan.points_per_s), str(plan.seconds + 60.0)]
    with _server(root) as server, _browser() as browser:
        growing = subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, env=package_environment()
        )
        try:
            page = browser.open(f"{server.url}/?runs=growing#token={TOKEN}")
            page.wait_for_function(_DRAWN, arg=1, timeout=_PATIENCE_MS)
            time.sleep(10.0)  # what a page costs at its start is not what it costs
            rows = [_sample(server, browser.pid, page)]
            while rows[-1]["at"] - rows[0]["at"] < plan.seconds:
                time.sleep(min(30.0, plan.seconds / 4))
                rows.append(_sample(server, browser.pid, page))
                say(_line(rows))
        finally:
            growing.kill()
            growing.communicate()
    first, last = rows[0], rows[-1]
    passed = last["at"] - first["at"]
    found["seconds"] = round(passed)
    found["points_seen_per_s"] = round((last["seen"] - first["seen"]) / passed)
    for name in ("page", "browser", "server"):
        found[f"{name}_share"] = round((last[f"{name}_cpu"] - first[f"{name}_cpu"]) / passed, 4)
    # The middle and the end are compared: at first a page still fills its buffers.
    middle = rows[len(rows) // 2]
    for name in ("page", "server"):
        found[f"{name}_mb"] = [
            round(row[f"{name}_bytes"] / 1e6, 1) for row in (first, middle, last)
        ]
    found["page_heap_mb"] = [round(row["heap"] / 1e6, 1) for row in (first, middle, last)]
    found["load_after"] = _load()
    return found


def _sample(server: Server, browser: int, page: Any) -> dict[str, float]:
    renderer, whole = usage_of(browser, _RENDERER), usage_of(browser)
    serving = usage_of(server.pid)
    page.evaluate("window.gc && gc()")
    return {
        "at": whole.at,
        "page_cpu": renderer.cpu_s,
        "page_bytes": renderer.bytes,
        "browser_cpu": whole.cpu_s,
        "server_cpu": serving.cpu_s,
        "server_bytes": serving.bytes,
        "heap": page.evaluate("performance.memory.usedJSHeapSize"),
        # Rows that the file held when the page was told last, times their scalars.
        "seen": 40 * page.evaluate("app.store.run('growing').rows || 0"),
    }


def _line(rows: list[dict[str, float]]) -> str:
    last, before = rows[-1], rows[-2]
    passed = last["at"] - before["at"]
    shares = [
        f"{name} {100 * (last[f'{name}_cpu'] - before[f'{name}_cpu']) / passed:.1f} %"
        for name in ("page", "browser", "server")
    ]
    held = [f"{name} {last[f'{name}_bytes'] / 1e6:.0f} MB" for name in ("page", "server")]
    seconds = last["at"] - rows[0]["at"]
    return f"{seconds:6.0f} s  {'  '.join(shares + held)}  heap {last['heap'] / 1e6:.1f} MB"


def _both(server: Server, browser: int) -> tuple[Usage, Usage]:
    return usage_of(server.pid), usage_of(browser)


def _load() -> float:
    return round(float(psutil.getloadavg()[0]), 1)


@contextlib.contextmanager
def _server(root: Path) -> Iterator[Server]:
    words = [sys.executable, "-m", "rl_training", "dashboard", "--run_root", str(root)]
    began = time.monotonic()
    process = subprocess.Popen(
        [*words, "--port", "0", "--token", TOKEN],
        stdout=subprocess.PIPE,
        text=True,
        env=package_environment(),
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        url = process.stdout.readline().split()[1].partition("/#")[0]
        _wait_for(url)
        yield Server(url, process.pid, time.monotonic() - began)
    finally:
        process.terminate()
        process.communicate()


def _wait_for(url: str) -> None:
    import urllib.request

    with urllib.request.urlopen(f"{url}/health", timeout=60) as answer:
        answer.read()


class _Browser:
    """A browser that runs; `pid` is of its first process."""

    def __init__(self, browser: Any, pid: int) -> None:
        self.pid = pid
        self._browser = browser

    def open(self, address: str) -> Any:
        """Open a page in a window of its own."""
        page = self._browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(address, wait_until="commit", timeout=_PATIENCE_MS)
        return page


@contextlib.contextmanager
def _browser() -> Iterator[_Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise UsageError(
            f"a browser is driven by playwright ({error}): pip install playwright"
        ) from error
    path = next((each for each in _BROWSERS if Path(each).is_file()), None)
    if path is None:
        raise UsageError(f"no Chromium on this machine; looked for {', '.join(_BROWSERS)}")
    before = {each.pid for each in psutil.process_iter()}
    arguments = ["--no-sandbox", "--js-flags=--expose-gc", "--enable-precise-memory-info"]
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=arguments)
        own = [
            each
            for each in psutil.process_iter(["cmdline", "ppid"])
            if each.pid not in before
            and "chrom" in " ".join(each.info["cmdline"] or ())
            and "--type=" not in " ".join(each.info["cmdline"] or ())
            and "--headless" in " ".join(each.info["cmdline"] or ())
        ]
        try:
            yield _Browser(browser, min(each.pid for each in own))
        finally:
            browser.close()
