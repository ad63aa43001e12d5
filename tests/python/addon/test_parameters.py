"""Environment parameters from the launch option to the scene, the infos and the recordings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.data.recording import read_recording
from tests.python.addon.duel import GRAVITY, duel, play, write_policy

pytestmark = pytest.mark.engine


def test_a_launch_option_reaches_begin_arena_begin_episode_and_the_infos() -> None:
    with duel("mode:together,red_ends:8", "--rl.parameter=gravity=3.5", "--rl.parameter=wind=1,"
              "rain=2") as game:  # fmt: skip
        values = {"gravity": 3.5, "wind": 1.0, "rain": 2.0}
        assert game.about["spacetime_rl"]["parameters"] == values
        assert game.reset(1)[0][GRAVITY] == 3.5
        step = game.step()
        assert step["info"][0] == {"ticks": 7, "parameters": values}
        assert step["info"][1]["parameters"] == values
        lines = [line for line in game.log() if "gravity" in line]
        assert [line["gravity"] for line in lines] == [3.5] * 9
        assert game.call("parameter", "wind") == [1.0, 1.0]


def test_without_any_the_scenes_defaults_hold_and_no_info_tells_of_them() -> None:
    with duel("mode:together,red_ends:8") as game:
        assert game.reset(1)[0][GRAVITY] == 9.0
        assert game.step()["info"][0] == {"ticks": 7}


def test_they_hold_from_the_next_episode_on_in_the_arenas_that_were_chosen() -> None:
    with duel("mode:together,red_ends:16", "--arenas=2") as game:
        game.reset(1)
        arenas = game.about["spacetime_rl"]["agent_arenas"]
        known = game.ask({"type": "parameters", "values": {"gravity": 2.0}})["known"]
        assert known == {"gravity": 9.0}
        game.ask({"type": "parameters", "values": {"gravity": 5.0}, "arenas": [1]})
        assert {row[GRAVITY] for row in game.step()["obs"]} == {9.0}
        assert game.call("parameter", "gravity") == [-1.0] * 4  # the running episode's
        step = game.step()
        wanted = [[2.0, 5.0][arena] for arena in arenas]
        assert [row[GRAVITY] for row in step["obs"]] == wanted
        assert all("parameters" not in info for info in step["info"])
        game.ask({"type": "parameters", "values": {"gravity": None}, "arenas": [0]})
        game.step()
        step = game.step()
        assert [info["parameters"]["gravity"] for info in step["info"]] == wanted
        assert [row[GRAVITY] for row in step["obs"]] == [[9.0, 5.0][arena] for arena in arenas]
        game.ask({"type": "parameters", "values": {"gravity": None}})
        assert {row[GRAVITY] for row in game.reset()} == {9.0}


def test_an_evaluation_of_two_policies_tells_them_in_each_row(tmp_path: Path) -> None:
    red = write_policy(tmp_path / "red,x=1.onnx", [0.0] * 6, 0.5)
    blue = write_policy(tmp_path / "blue.onnx", [0.0] * 6, -0.5)
    report = tmp_path / "report.json"
    play(
        "--duel=mode:together,red_ends:24,blue_ends:400",
        f"--rl.onnx_models=red={red},blue={blue}",
        "--episodes=8",
        "--rl.parameter=gravity=4",
        f"--report={report}",
        "--arenas=2",
    )
    told = json.loads(report.read_text())
    assert told["models"] == {"red": str(red), "blue": str(blue)}
    assert told["parameters"] == {"gravity": 4.0}
    rows = told["episodes"]
    assert [row["episode"] for row in rows] == list(range(8))
    assert [row["policy"] for row in rows] == ["red", "blue"] * 4
    assert all(row["info"]["parameters"] == {"gravity": 4.0} for row in rows)
    assert all(row["terminated"] and row["decisions"] == 3 for row in rows)
    assert ["ended_by" in row["info"] for row in rows] == [False, True] * 4


def test_a_group_may_be_played_by_the_game_itself_and_its_episodes_count(tmp_path: Path) -> None:
    red = write_policy(tmp_path / "red.onnx", [0.0] * 6, 0.5)
    report = tmp_path / "report.json"
    play("--duel=red_ends:24,blue_ends:24", f"--rl.onnx_models=red={red}",
         "--rl.onnx_models=blue=game", "--episodes=6", f"--report={report}")  # fmt: skip
    rows = json.loads(report.read_text())["episodes"]
    assert [row["episode"] for row in rows] == list(range(6))
    assert [row["policy"] for row in rows] == ["red", "blue"] * 3


@pytest.mark.parametrize("mode", ["each", "together", "last"])
def test_a_recording_keeps_them_and_a_replay_uses_them(mode: str, tmp_path: Path) -> None:
    model = write_policy(tmp_path / "both.onnx", [0, 0, 0, 0, 0.01, 0], 0.5)
    words = "red_ends:24,blue_ends:-40"
    recorded, replayed = tmp_path / "recorded", tmp_path / "replayed"
    play(f"--duel={words},mode:each", f"--onnx_model={model}", "--episodes=4", "--env_seed=5",
         f"--rl.arena_episodes={mode}", "--rl.parameter=gravity=4", f"--record={recorded}",
         f"--report={tmp_path / 'r.json'}", "--isolation=worlds")  # fmt: skip
    first = sorted(recorded.glob("*.replay"))[0]
    play(f"--duel={words}", f"--replay={first}", f"--record={replayed}", "--env_seed=5",
         "--arena_offset=0", "--isolation=worlds")  # fmt: skip
    one, other = read_recording(first), read_recording(next(replayed.glob("*.replay")))
    assert one.header["parameters"] == other.header["parameters"] == {"gravity": 4.0}
    assert one.header["arena_episodes"] == other.header["arena_episodes"] == mode
    assert len(one.decisions) == {"each": 3, "together": 3, "last": 5}[mode]
    assert [d.state_hash for d in one.decisions] == [d.state_hash for d in other.decisions]
    assert one.ends == other.ends
    assert [end["ended"] for end in one.ends] == [True, mode != "each"]
