"""The scenario `car_ball` through the wire: two teams, 90 choices, masks, phases, ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from rl_training.config.layers import preset_layer, resolve
from rl_training.envs import GodotVecEnv
from rl_training.envs.groups import GroupStep
from rl_training.scenarios import get_scenario
from rl_training.training.configuration import default_config, resolve_run
from tests.python.scenarios.random_play import open_scenario

pytestmark = [pytest.mark.timeout(300)]
engine = pytest.mark.engine
TEAMS = ("blue", "orange")


def car_ball(**changes: Any) -> GodotVecEnv:
    return open_scenario("car_ball", **changes)


def step(env: GodotVecEnv, rows: int | np.ndarray[Any, Any]) -> dict[str, GroupStep]:
    """Let every car take the same row, or each its own."""
    count = len(env.groups["blue"].agents)
    return env.step_groups({team: np.broadcast_to(rows, (count,)).copy() for team in TEAMS})


def elements(env: GodotVecEnv, team: str = "blue") -> dict[str, int]:
    """Return the index of each element of the observation by its name."""
    (field,) = env.group(team).layout.observations.fields
    return {name: index for index, name in enumerate(field.names)}


@engine
def test_both_teams_are_alike_and_have_90_choices() -> None:
    with car_ball(arenas=2) as env:
        assert list(env.groups) == list(TEAMS)
        for group in env.groups.values():
            assert group.observation_space["obs"].shape == (91,)
            assert group.action_space == spaces.Discrete(90) or group.action_space == (
                spaces.MultiDiscrete([90])
            )
            assert group.arenas == (0, 1)


@engine
def test_two_and_three_a_team_see_their_mates() -> None:
    scene = "res://scenes/car_ball/car_ball_2v2.tscn"
    with GodotVecEnv(
        project_path=".", scene_path=scene, num_envs=1, arenas=1, port=0, action_repeat=8
    ) as env:
        assert len(env.groups["orange"].agents) == 2
        names = elements(env)
        assert len(names) == 91 + 24
        assert "mate_1_boost" in names
        assert "opponent_2_wheels" in names


@engine
def test_the_world_runs_at_120_ticks_a_second() -> None:
    with car_ball(arenas=1) as env:
        assert env.env_info.harness is not None
        assert env.env_info.harness.physics_ticks_per_second == 120
        env.set_parameters({"episode_seconds": 2.0, "phase": 0})
        env.reset_groups()
        decisions = 0
        for _ in range(40):
            decisions += 1
            now = step(env, 8)
            if now["blue"].dones[0]:
                break
        # 2 s are 30 decisions of 8 ticks; the end is seen in the tick after.
        assert decisions in (30, 31)
        assert not now["blue"].terminated[0]
        assert now["orange"].infos[0]["metrics"]["round_time"] == pytest.approx(2.0, abs=0.01)


@engine
def test_full_throttle_from_the_kickoff_is_the_same_for_both_teams() -> None:
    with car_ball(arenas=3) as env:
        env.set_parameters({"phase": 0})
        first = env.reset_groups()
        # Each team sees the field as its own: the same numbers.
        np.testing.assert_allclose(first["blue"].obs["obs"], first["orange"].obs["obs"], atol=1e-5)
        index = elements(env)
        for _ in range(8):
            now = step(env, 18)
        blue, orange = now["blue"].obs["obs"], now["orange"].obs["obs"]
        np.testing.assert_allclose(blue, orange, atol=1e-3)
        speed = np.linalg.norm(blue[:, index["velocity_x"] : index["velocity_z"] + 1], axis=1)
        assert (speed > 0.35).all()
        # A pad on the way gives 12.
        assert (blue[:, index["boost"]] < 0.3).all()


@engine
def test_phases_pay_for_other_things() -> None:
    with car_ball(arenas=2) as env:
        env.set_parameters({"phase": 1, "episode_seconds": 3.0})
        env.set_parameters({"phase": 4, "episode_seconds": 3.0}, arenas=[1])
        env.reset_groups()
        infos: dict[int, dict[str, Any]] = {}
        for _ in range(120):
            now = step(env, 16)
            for row in np.flatnonzero(now["blue"].dones).tolist():
                infos.setdefault(row, now["blue"].infos[row])
        first, fourth = infos[0]["reward_terms"], infos[1]["reward_terms"]
        assert first["face_ball"] != 0.0
        assert fourth["face_ball"] == 0.0
        assert first["liu_distance_ball_to_goal"] == 0.0
        assert fourth["liu_distance_ball_to_goal"] > 0.0


@engine
def test_masks_come_where_they_are_asked_for() -> None:
    with car_ball(arenas=1) as env:
        env.set_parameters({"masks": 1.0, "phase": 0})
        env.reset_groups()
        masks = np.asarray(env.group("blue").env_method("action_masks"))
        # On wheels, with boost, able to jump: 24 ground rows and 18 jumps.
        assert masks.shape == (1, 90)
        assert masks.sum() == 42


@engine
def test_the_chaser_plays_orange_where_it_is_handed_to_the_game() -> None:
    with car_ball(arenas=2) as env:
        env.set_parameters({"episode_seconds": 4.0, "phase": 0})
        env.set_control("orange", "game", arenas=[1])
        env.reset_groups()
        told: dict[int, Any] = {}
        for _ in range(65):
            now = step(env, 8)
            for row in np.flatnonzero(now["blue"].dones).tolist():
                told.setdefault(row, now["blue"].infos[row])
        assert "opponents" not in told[0]
        (chaser,) = told[1]["opponents"]
        assert (chaser["group"], chaser["policy"]) == ("orange", "game")
        # It drives to the ball while blue stands.
        assert chaser["info"]["metrics"]["speed"] > 5.0
        assert told[1]["metrics"]["speed"] < 1.0


def test_the_settings_are_one_policy_for_both_teams_in_phase_1() -> None:
    config = default_config("car_ball")
    assert config.policies.of("orange").shares == "blue"
    assert dict(config.parameters.items())["phase"] == 1
    assert config.evaluation.parameters["phase"] == 0
    assert get_scenario("car_ball").action_repeat == 8


def test_orange_can_be_played_by_a_file_or_by_the_game(tmp_path: Path) -> None:
    for orange in (
        {"shares": None, "state": "scripted"},
        {"shares": None, "state": "frozen", "model": "old.onnx"},
    ):
        path = tmp_path / "opponent.json"
        path.write_text(json.dumps({"policies": {"orange": orange}}), encoding="utf-8")
        config = resolve_run("car_ball", {}, configs=[path]).config
        assert config.policies.of("orange").shares is None
        assert config.policies.of("orange").state == orange["state"]


@pytest.mark.parametrize(
    ("preset", "phase", "rate"),
    [
        ("touching", 1, 2e-4),
        ("bronze", 2, 2e-4),
        ("silver", 3, 1e-4),
        ("gold", 4, 0.8e-4),
    ],
)
def test_a_preset_of_a_phase_has_its_learning_rate(preset: str, phase: int, rate: float) -> None:
    config = resolve([preset_layer(f"car_ball_{preset}")]).config
    assert config.scenario == "car_ball"
    assert dict(config.parameters.items())["phase"] == phase
    assert config.algorithm.learning_rate == pytest.approx(rate)


def test_the_lessons_are_the_four_phases() -> None:
    config = resolve([preset_layer("car_ball")]).config
    ((name, lessons),) = config.curriculum.items()
    assert name == "phase"
    assert [lesson.value for lesson in lessons.lessons] == [1, 2, 3, 4]
    assert [lesson.name for lesson in lessons.lessons] == [
        "BallTouching",
        "BronzeSkills1",
        "SilverSkills1",
        "GoldSkills1",
    ]
    rates = [lesson.learner["learning_rate"] for lesson in lessons.lessons]
    assert rates == [2e-4, 2e-4, 1e-4, 0.8e-4]


def test_the_file_of_knobs_learns_as_the_preset_does() -> None:
    preset = resolve_run("car_ball", {}, presets=["car_ball"]).config
    path = Path(__file__).parents[3] / "configs" / "training.yaml"
    config = resolve_run("car_ball", {}, configs=[path]).config
    assert config.scenario == "car_ball"
    assert config.curriculum == preset.curriculum
    assert config.self_play == preset.self_play
    for name in ("timesteps", "save_frequency", "milestone_interval"):
        assert getattr(config.training, name) == getattr(preset.training, name)
    assert config.algorithm == preset.algorithm
    assert config.training.milestone_games == 40
    assert (config.environment.num_envs, config.environment.arenas) == (2, 32)
