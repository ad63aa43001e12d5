"""The game of test_life.py as a player gets it: a release export."""

from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.engine import ensure_imported, find_engine, find_template
from rl_training.engine.template import host_platform
from rl_training.errors import EngineNotFoundError
from rl_training.game_export.export import export_game
from rl_training.game_export.request import ExportRequest
from tests.python.addon.life import copy_game, play

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported game, without a policy that it would carry as a setting."""
    if host_platform() == "macos":
        pytest.skip("an export for macOS is an archive")
    try:
        find_template(find_engine(install=False), install=False)
    except EngineNotFoundError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("release")
    game = copy_game(folder / "game")
    ensure_imported(find_engine(), game)
    request = ExportRequest(game, folder / "out", None, "res://menu.tscn", action_repeat=4)
    return export_game(request, install=False).path


@pytest.mark.parametrize("mode", ["onnx", "human", "remote"])
def test_agents_come_and_go(release: Path, mode: str) -> None:
    told = play([release], f"mode={mode}", "ticks=3000")
    assert told["code"] == 0, told["output"]
    assert told["ticks"] == 3000
    assert told["scene_changes"] >= 10
    assert told["spawned"] >= 100
    assert told["idle"] == []
    assert told["errors"] == []
    assert told["bad_actions"] == 0


def test_faults_in_play(release: Path) -> None:
    told = play([release], "mode=onnx", "faults", "ticks=6000")
    assert told["code"] == 0, told["output"][-2000:]
    assert told["ticks"] == 6000
    assert told["bad_actions"] == 0
    assert told["mutations"] > 1000


@pytest.mark.parametrize(
    "words",
    [
        ["--port=7777"],
        ["--port=11008", "--env_seed=1"],
        ["--onnx_model=policy.onnx", "--episodes=3"],
        ["--rl.port=11008"],
        ["--random_policy=5", "--report=r.json"],
        ["--replay=x", "--speedup=fast", "--arenas=0"],
    ],
)
def test_arguments_change_nothing(release: Path, words: list[str]) -> None:
    told = play([release], "mode=onnx", "plot=menu", "ticks=90", *words)
    assert told["code"] == 0, told["output"]
    assert told["ticks"] == 90
    assert told["errors"] == []
