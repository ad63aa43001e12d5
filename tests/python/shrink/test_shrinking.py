"""Shrinking in the real engine: an episode of the yard that ends stuck, down to its steps."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.commands.replay import main as replay_main
from rl_training.data.recording import read_recording
from rl_training.envs import GodotVecEnv
from rl_training.errors import UsageError
from rl_training.scenarios import get_scenario
from rl_training.shrink.request import ShrinkRequest
from rl_training.shrink.shrinking import shrink_recording
from rl_training.shrink.words import action_words, steps

REPOSITORY = Path(__file__).parents[3]
SCENARIO = get_scenario("bug_reproduction")


def record(folder: Path) -> Path:
    """Record an episode that backs into the corner, with noise on the way."""
    rng = np.random.default_rng(1)
    settings: dict[str, Any] = {"num_envs": 1, "arenas": 1, "port": 0, "seed": 3}
    with GodotVecEnv(
        project_path=str(REPOSITORY),
        scene_path=SCENARIO.scene_path,
        action_repeat=9,
        isolation="worlds",
        env_args=(f"--record={folder}",),
        **settings,
    ) as env:
        env.set_parameters({"bug_wedge": 1.0})
        seen = env.reset()
        for t in range(305):
            right, back = seen["obs"][0, 9] * 18, seen["obs"][0, 10] * 18
            angle = float(np.arctan2(right, back))
            turn = 0 if abs(angle) < 0.1 else (3 if angle > 0 else 4)
            if 0.1 <= abs(angle) < 0.5:
                turn -= 2
            walk = 3 if abs(angle) < 0.3 else 0
            if seen["obs"][0, 15] > 0.5:
                walk = 1 if (t // 8) % 2 == 0 else 3
            action = [walk, turn, 0]
            if rng.random() < 0.05:
                action = [int(rng.integers(4)), int(rng.integers(5)), int(rng.integers(2))]
            seen, _rewards, dones, _infos = env.step(np.array([action]))
            if dones[0]:
                break
    return next(folder.glob("*.replay"))


def test_targets_are_checked_before_an_engine_starts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"log:REGEX, warning:KIND.*found 'stuck'"):
        ShrinkRequest(recording=tmp_path / "a.replay", output=tmp_path, target="stuck")
    with pytest.raises(UsageError, match="budget must be at least 1"):
        ShrinkRequest(recording=tmp_path / "a.replay", output=tmp_path, budget=0)


def test_flags_of_shrinking_need_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        replay_main(["a.replay", "--target", "finding:stuck"])
    assert ended.value.code == 2
    assert "need --shrink" in capsys.readouterr().err


@pytest.mark.engine
@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_an_episode_is_shrunk_and_packed(tmp_path: Path) -> None:
    recording = record(tmp_path / "recordings")
    request = ShrinkRequest(
        recording=recording,
        output=tmp_path / "out",
        target="finding:stuck",
        arenas=16,
        budget=150,
    )
    result = shrink_recording(request)
    assert result is not None
    left = read_recording(tmp_path / "out/shrunk.replay")
    assert len(left.decisions) < len(read_recording(recording).decisions) / 2
    assert result.replay.is_identical, "the shrunk episode repeats, bit by bit"
    assert [each["kind"] for each in left.ends[0]["findings"]] == ["stuck", "target_bug"]
    assert "walk back" in {word for step in steps(left) for word in step.words.split(", ")}
    assert action_words(left, np.zeros(3)) == "do nothing"
    page = (tmp_path / "out/steps.md").read_text("utf-8")
    assert "| 1 | 0.00 s |" in page
    assert "the player cannot leave a place" in page
    told = json.loads((tmp_path / "out/shrink.json").read_text("utf-8"))
    assert told["decisions"] == len(left.decisions)
    with zipfile.ZipFile(tmp_path / "out/bundle.zip") as bundle:
        assert {"steps.md", "shrink.json", "shrunk.replay"} <= set(bundle.namelist())
    other = ShrinkRequest(recording=recording, output=tmp_path / "no", target="state:false")
    assert shrink_recording(other) is None, "what does not appear is told"
