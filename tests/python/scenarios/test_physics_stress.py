"""The page of `physics_stress` says what the scene's scripts say, and the engine plays it alike."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.envs import EnvSettings, make_vec_env
from rl_training.scenarios import get_scenario

REPOSITORY = Path(__file__).parents[3]
SCENE = REPOSITORY / "scenes/physics_stress"
PAGE = (SCENE / "README.md").read_text("utf-8")
SCENARIO = get_scenario("physics_stress")


def script(name: str) -> str:
    return (SCENE / f"{name}.gd").read_text("utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """Rows of a section's table: the first name in backticks to the cells behind it."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found[cells[0].strip("`")] = cells[1:]
    return found


def test_rewards_and_weights_are_the_scripts() -> None:
    source = script("stress_rewards")
    for column, name in ((1, "GUARD"), (2, "ATTACK")):
        table = source.split(f"const {name}:", 1)[1].split("}", 1)[0]
        weights = {term: float(w) for term, w in re.findall(r'&"(\w+)": (-?[\d.]+)', table)}
        assert {term: float(cells[column]) for term, cells in rows("Rewards").items()} == weights
        assert tuple(weights) == SCENARIO.reward_terms


def test_every_observation_is_told_in_order() -> None:
    source = script("stress_observation").split("[\n", 1)[1].split("]", 1)[0]
    names = re.findall(r'"([^"]+)"', source)
    section = PAGE.split("## Observation\n", 1)[1].split("\n## ", 1)[0]
    told = [line for line in section.splitlines() if re.match(r"\| \d", line)]
    spans = [[int(end) for end in line.split("|")[1].split("-")] for line in told]
    assert [i for span in spans for i in range(span[0], span[-1] + 1)] == list(range(23))
    for line, span in zip(told, spans, strict=True):
        first = re.findall(r"`([^`]+)`", line)[0]
        assert span[0] >= len(names) or names[span[0]] == first, line


def test_parameters_and_bugs_are_the_scripts() -> None:
    told = rows("Parameters")
    settings = dict(re.findall(r'get_parameter\("(\w+)", ([\d.]+)\)', script("stress_settings")))
    for name, default in settings.items():
        assert float(told[name][0]) == float(default)
    bugs = set(re.findall(r'"(bug_\w+)": "', script("stress_settings")))
    assert bugs == set(SCENARIO.planted_bugs) == {name for name in told if name.startswith("bug_")}
    for name, kind in SCENARIO.planted_bugs.items():
        assert f"finding `{kind}`" in told[name][1]


@pytest.mark.engine
@pytest.mark.timeout(300)
def test_counted_the_same_seed_and_actions_give_the_same_episode() -> None:
    runs = [_play() for _ in range(2)]
    for before, after in zip(*runs, strict=True):
        np.testing.assert_array_equal(before, after)


def _play() -> list[Any]:
    settings = EnvSettings(
        project_path=str(REPOSITORY),
        scene_path=SCENARIO.scene_path,
        num_envs=1,
        port=0,
        arenas=1,
        isolation="worlds",
        action_repeat=9,
        seed=3,
    )
    env: Any = make_vec_env(settings, "async")
    try:
        env.set_parameters({"measured_times": 0, "max_bodies": 24})
        env.action_space.seed(1)
        seen = [env.reset()["obs"]]
        for _ in range(25):
            obs, rewards, _, _ = env.step(np.stack([env.action_space.sample()]))
            seen += [obs["obs"], rewards]
        assert np.isfinite(seen[-2]).all()
        return seen
    finally:
        env.close()
