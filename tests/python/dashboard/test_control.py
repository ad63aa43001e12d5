"""Real trainings, on a fake game, that are followed and steered through a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from rl_training.dashboard.messages import Start
from rl_training.dashboard.starts import BusyError, Starter, TooManyError
from rl_training.errors import ConfigError
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

Training = Callable[..., subprocess.Popen[str]]
pytestmark = pytest.mark.timeout(900)


def _stage(dashboard: Dashboard, run: str) -> str:
    rows = {each["name"]: each for each in dashboard.get("/runs")["runs"]}
    return str(rows[run]["stage"]) if run in rows else ""


def _order(dashboard: Dashboard, word: str, run: str = "walk") -> dict[str, Any]:
    answer = dashboard.ask("POST", f"/control/{word}", {"run": run, "wait_s": 60})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["state"] == "done"
    return found


def test_every_order_acts_on_the_run(dashboard: Dashboard, training: Training) -> None:
    child = training("walk")
    paths = RunPaths("walk", dashboard.root)
    saved = _order(dashboard, "save")["result"]
    assert saved.startswith("saved ")
    assert Path(saved.removeprefix("saved ")).is_file()
    assert "paused at" in _order(dashboard, "pause")["result"]
    assert _stage(dashboard, "walk") == "paused"
    status = read_status(paths.status)
    assert status is not None
    _order(dashboard, "resume")
    wait_until(
        lambda: (now := read_status(paths.status)) and now.timesteps > status.timesteps,
        "the run to go on",
    )
    answer = dashboard.ask(
        "POST", "/runs/walk/parameters", {"values": {"learning_rate": 0.00025}, "wait_s": 60}
    )
    assert answer.json()["result"].endswith("-> 0.00025"), answer.text
    refused = dashboard.ask(
        "POST", "/runs/walk/parameters", {"values": {"learning_rat": 1}, "wait_s": 60}
    )
    assert refused.status_code == 409
    assert refused.json()["state"] == "refused"
    assert "learning_rate" in refused.json()["result"]
    _order(dashboard, "stop")
    assert child.wait(PATIENCE_S) == 0
    assert paths.final_model.is_file()
    assert _stage(dashboard, "walk") == "stopped"
    late = dashboard.ask("POST", "/control/save", {"run": "walk"})
    assert late.status_code == 409
    assert "does not run any more" in late.json()["error"]


def test_a_server_that_is_killed_stops_no_run_and_the_next_one_finds_it(
    tmp_path: Path, training: Training
) -> None:
    first = start_dashboard(tmp_path / "runs")
    child = training("walk")
    first.process.send_signal(signal.SIGKILL)
    first.process.communicate()
    assert child.poll() is None
    second = start_dashboard(tmp_path / "runs")
    try:
        assert _stage(second, "walk") == "learning"
        _order(second, "stop")
        assert child.wait(PATIENCE_S) == 0
    finally:
        second.end()


class _Socket:
    """A page's socket."""

    def __init__(self, dashboard: Dashboard) -> None:
        address = dashboard.url.replace("http", "ws") + "/stream"
        self.wire: ClientConnection = connect(address, max_size=1 << 26).__enter__()
        self.wire.send(json.dumps({"type": "auth", "token": TOKEN}))
        self.next("hello")

    def next(self, kind: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> Any:
        while True:
            message = json.loads(self.wire.recv(timeout=PATIENCE_S))
            if message["type"] == kind and fits(message):
                return message

    def follow(self, seq: int, *entries: dict[str, Any], **more: Any) -> None:
        self.wire.send(
            json.dumps({"type": "subscribe", "seq": seq, "follow": list(entries), **more})
        )


def test_a_page_is_told_what_is_new_and_nothing_twice(
    dashboard: Dashboard, training: Training
) -> None:
    training("walk")
    page = _Socket(dashboard)
    assert any(row["name"] == "walk" for row in page.next("training_status")["runs"])
    page.follow(1, {"run": "walk", "tags": ["time/fps"]}, log={"run": "walk"})
    steps: list[int] = []
    while len(steps) < 6:
        update = page.next("metrics_update")
        assert update["seq"] == 1
        assert update["entry"] == 0
        steps += update["series"].get("time/fps", [[], []])[0]
    assert steps == sorted(set(steps))
    assert "INFO" in page.next("log_update")["text"]
    # A page that comes back goes on where it was.
    page.wire.close()
    back = _Socket(dashboard)
    going = {"from": update["next"], "generation": update["generation"]}
    back.follow(2, {"run": "walk", "tags": ["time/fps"], **going})
    later = back.next("metrics_update")
    assert later["series"]["time/fps"][0][0] > steps[-1]
    dashboard.ask("POST", "/runs/walk/parameters", {"values": {"ent_coef": 0.01}, "wait_s": 60})
    assert "ent_coef" in back.next("config_updated")["change"]
    _order(dashboard, "stop")
    back.next("training_status", lambda message: _has(message, "walk", "stopped"))


def _has(message: dict[str, Any], name: str, stage: str) -> bool:
    return any(row["name"] == name and row["stage"] == stage for row in message["runs"])


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type": "auth", "token": "wrong"}', 4401),
        ("garbage", 4401),
        ('{"type": "subscribe"}', 4401),
    ],
)
def test_a_socket_without_the_token_is_closed(dashboard: Dashboard, first: str, code: int) -> None:
    with connect(dashboard.url.replace("http", "ws") + "/stream") as wire:
        wire.send(first)
        with pytest.raises(Exception, match=str(code)):
            wire.recv(timeout=PATIENCE_S)


def test_a_socket_of_another_site_is_refused(dashboard: Dashboard) -> None:
    address = dashboard.url.replace("http", "ws") + "/stream"
    with pytest.raises(Exception, match="403"):
        connect(address, origin=Origin("http://evil.example"))


def test_a_message_that_is_wrong_closes_the_socket(dashboard: Dashboard) -> None:
    page = _Socket(dashboard)
    page.wire.send('{"type": "subscribe", "follow": [{"run": "../../etc"}]}')
    with pytest.raises(Exception, match="4400"):
        page.next("nothing that is ever sent")


def test_a_start_is_the_train_command(tmp_path: Path) -> None:
    words = Starter(tmp_path).command(
        Start(
            scenario="vr_locomotion", experiment_name="walk", preset=["quick"], timesteps=1000,
            num_envs=1, arenas=4, seed=3, algorithm="ppo", resume=True,
        )
    )  # fmt: skip
    assert words[:4] == [sys.executable, "-m", "rl_training", "train"]
    from rl_training.commands.train_flags import parse_training

    (tmp_path / "logs").mkdir()
    resolved, _ = parse_training([w for w in words[4:] if w != "--resume"], "vr_locomotion", "")
    config = resolved.config
    assert (config.scenario, config.experiment_name) == ("vr_locomotion", "walk")
    assert (config.training.timesteps, config.seed, config.run_root) == (1000, 3, str(tmp_path))
    assert (config.environment.num_envs, config.environment.arenas) == (1, 4)


def test_a_start_may_be_stopped_before_it_has_begun(dashboard: Dashboard) -> None:
    wanted = {"scenario": "vr_locomotion", "experiment_name": "walk", "timesteps": 1000}
    answer = dashboard.ask("POST", "/control/start", wanted)
    assert answer.status_code == 202, answer.text
    pid = answer.json()["pid"]
    assert os.getsid(pid) == pid  # the server's end does not reach it
    assert dashboard.ask("POST", "/control/start", wanted).status_code == 409
    assert _stage(dashboard, "walk") == "starting"
    _order(dashboard, "stop")
    wait_until(lambda: _stage(dashboard, "walk") in ("failed", "stopped"), "its end")
    if _stage(dashboard, "walk") == "failed":
        _order(dashboard, "dismiss")
        assert _stage(dashboard, "walk") == ""


def test_a_start_that_fails_says_why(dashboard: Dashboard) -> None:
    wanted = {"scenario": "vr_locomotion", "experiment_name": "walk", "resume": True}
    assert dashboard.ask("POST", "/control/start", wanted).status_code == 202
    wait_until(lambda: _stage(dashboard, "walk") == "failed", "its failure")
    (listed,) = dashboard.get("/runs")["runs"]
    assert "resume" in listed["message"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scenario": "vr_locomotio"}, "vr_locomotion"),
        ({"preset": ["quik"]}, "quick"),
    ],
)
def test_what_can_be_started_is_told(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    wanted = {"scenario": "vr_locomotion", "experiment_name": "walk", **wrong}
    with pytest.raises(ConfigError, match=said):
        Starter(tmp_path).start(Start(**wanted))


@pytest.mark.parametrize(
    "body",
    [
        {"scenario": "vr_locomotion"},
        {"scenario": "vr_locomotion", "experiment_name": "../out"},
        {"scenario": "vr_locomotion", "experiment_name": "-x"},
        {"scenario": "vr_locomotion", "experiment_name": "a", "godot": "/bin/sh"},
        {"scenario": "vr_locomotion", "experiment_name": "a", "timesteps": "5"},
        {"scenario": "vr_locomotion", "experiment_name": "a", "num_envs": 0},
    ],
)
def test_a_start_takes_nothing_else(dashboard: Dashboard, body: dict[str, Any]) -> None:
    answer = dashboard.ask("POST", "/control/start", body)
    assert answer.status_code == 422
    assert len(answer.json()["error"].splitlines()) == 1


def test_only_so_many_are_on_their_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rl_training.dashboard.starts.MOST_STARTED", 1)
    starter = Starter(tmp_path)
    monkeypatch.setattr(
        starter, "command", lambda _: [sys.executable, "-c", "import time; time.sleep(300)"]
    )
    first = starter.start(Start(scenario="vr_locomotion", experiment_name="a"))
    try:
        with pytest.raises(BusyError):
            starter.start(Start(scenario="vr_locomotion", experiment_name="a"))
        with pytest.raises(TooManyError):
            starter.start(Start(scenario="vr_locomotion", experiment_name="b"))
    finally:
        os.kill(first.pid, signal.SIGKILL)
        wait_until(lambda: not first.is_alive, "its end")
        starter.reap()


def test_a_run_of_the_name_hides_an_earlier_failed_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter = Starter(tmp_path)
    words = [sys.executable, "-c", "print('it broke')"]
    monkeypatch.setattr(starter, "command", lambda _: words)
    started = starter.start(Start(scenario="vr_locomotion", experiment_name="walk"))
    wait_until(lambda: not started.is_alive, "its end")
    starter.reap()
    assert [(row["stage"], row["message"]) for row in starter.waiting()] == [("failed", "it broke")]
    make_run(tmp_path, "walk")
    assert starter.waiting() == []
