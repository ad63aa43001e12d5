"""`train --dashboard`: a server of its own beside the run, one for a root, that ends behind it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from rl_training.commands import dashboard as command
from rl_training.dashboard import server
from tests.python.dashboard.conftest import PATIENCE_S, make_run, wait_until

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_has_screen", lambda: False)


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[None]:
    """End the server that a test opened."""
    yield
    note = tmp_path / "logs" / ".dashboard" / "server.json"
    if note.is_file():
        process = psutil.Process(json.loads(note.read_text())["pid"])
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.mark.usefixtures("no_browser", "ended")
def test_one_server_serves_a_root(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(tmp_path, "walk")
    page = command.open_beside(tmp_path)
    assert page in capsys.readouterr().out
    address, _, token = page.partition("/#token=")
    answer = httpx.get(f"{address}/runs", headers={"Authorization": f"Bearer {token}"})
    assert [row["name"] for row in answer.json()["runs"]] == ["walk"]
    assert command.open_beside(tmp_path) == page  # the same one


@pytest.mark.usefixtures("ended")
def test_it_ends_behind_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    words = ["--run_root", str(tmp_path), "--port", "0", "--beside", str(run.pid)]
    code = (
        "import sys\nfrom rl_training.dashboard import server\nserver.LONELY_S = 0.5\n"
        f"from rl_training.commands.dashboard import main\nsys.exit(main({words!r}))"
    )
    beside = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    wait_until(lambda: server.living_server(tmp_path), "the server")
    run.kill()
    run.wait()
    assert beside.wait(PATIENCE_S) == 0
    assert server.living_server(tmp_path) is None


def test_the_note_of_a_server_that_died_is_not_believed(tmp_path: Path) -> None:
    note = tmp_path / "logs" / ".dashboard" / "server.json"
    note.parent.mkdir(parents=True)
    gone = {"pid": 2**22 - 1, "process_started": 1.0, "address": "http://127.0.0.1:1"}
    note.write_text(json.dumps(gone))
    assert server.living_server(tmp_path) is None
    note.write_text("not json")
    assert server.living_server(tmp_path) is None


def test_train_knows_the_flag() -> None:
    from rl_training.commands.train_flags import parse_training

    resolved, _ = parse_training(["--dashboard", "--timesteps", "10"], "vr_locomotion", "")
    assert resolved.config.training.timesteps == 10
