"""A training on the real engine: started by a request, watched from above, stopped and saved."""

from __future__ import annotations

from typing import Any

import pytest

from rl_training.runs.live_view import LiveReader, arena_file, wish
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status
from tests.python.dashboard.conftest import Dashboard, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.nightly, pytest.mark.timeout(600)]


def test_a_run_is_started_watched_and_stopped(dashboard: Dashboard) -> None:
    wanted = {
        "scenario": "vr_locomotion", "experiment_name": "walk", "preset": ["quick"],
        "timesteps": 1_000_000, "num_envs": 1, "arenas": 4,
    }  # fmt: skip
    pid = dashboard.ask("POST", "/control/start", wanted).json()["pid"]
    paths = RunPaths("walk", dashboard.root)

    def learns() -> bool:
        (row,) = dashboard.get("/runs")["runs"]
        assert row["stage"] != "failed", row["message"]
        return bool(row["stage"] == "learning")

    for _ in range(6):  # the engine may be imported first, on a machine that is busy
        try:
            wait_until(learns, "the run")
            break
        except AssertionError as error:
            if "waited in vain" not in str(error):
                raise
    status = read_status(paths.status)
    assert status is not None
    assert status.pid == pid
    reader = LiveReader(arena_file(paths, 3))
    nodes: list[Any] = []
    places: list[dict[str, Any]] = []

    def told() -> bool:
        wish(paths, [3])
        fresh, more = reader.take()
        nodes.extend(fresh or [])
        places.extend(more)
        return len(places) >= 5

    wait_until(told, "the arena")
    kinds = [node[1] for node in nodes]
    assert kinds.count("agent") == 1
    assert kinds.count("body") > 4
    assert all(len(each["at"]) == 4 * len(nodes) for each in places)
    agent = kinds.index("agent")
    assert len({tuple(each["at"][4 * agent : 4 * agent + 2]) for each in places}) > 1  # it moves
    stopped = dashboard.ask("POST", "/control/stop", {"run": "walk", "wait_s": 60})
    assert stopped.json()["state"] == "done"
    wait_until(lambda: dashboard.get("/runs")["runs"][0]["stage"] == "stopped", "its end")
    assert paths.final_model.is_file()
    assert paths.final_onnx.is_file()
