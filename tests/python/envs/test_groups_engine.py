"""Groups and orders on the real engine: two kinds of agents, tag, seats that come and go."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.config.samplers import Uniform
from rl_training.errors import UsageError
from tests.python.envs.makers import Maker, build_vec_env, making

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]

FIXTURES = "res://tests/godot/fixtures"
UNLIKE = f"{FIXTURES}/unlike_arena.tscn"
SEATS = f"{FIXTURES}/seats_arena.tscn"
TAG = "res://scenes/features/tag/tag.tscn"


@pytest.fixture
def make(repository: Path, free_port: int) -> Iterator[Maker[Any]]:
    with making(
        build_vec_env,
        UNLIKE,
        project_path=str(repository),
        port=free_port,
        timeout_s=30.0,
        arenas=2,
        action_repeat=8,
    ) as maker:
        yield maker


@pytest.fixture
def half(repository: Path) -> bytes:
    """A policy of the counters that always pushes 0.5."""
    return (repository / "tests/godot/fixtures/policies/counter_half.onnx").read_bytes()


def drawn(env: Any, seed: int) -> dict[str, Any]:
    actions = {}
    for name, group in env.groups.items():
        group.action_space.seed(seed)
        actions[name] = np.array([group.action_space.sample() for _ in group.agents])
    return actions


def idle(env: Any) -> dict[str, Any]:
    return {
        name: np.zeros((len(group.agents), *group.action_space.shape), group.action_space.dtype)
        for name, group in env.groups.items()
    }


def play(env: Any, decisions: int) -> list[Any]:
    """Play by random actions and return all that came, in a form that can be compared."""
    env.seed(5)
    seen: list[Any] = [
        {name: each.obs["obs"].tolist() for name, each in env.reset_groups().items()}
    ]
    for decision in range(decisions):
        seen.append(
            {
                name: (
                    step.obs["obs"].tolist(),
                    step.rewards.tolist(),
                    step.terminated.tolist(),
                    step.truncated.tolist(),
                    step.present.tolist(),
                    step.joined.tolist(),
                    [
                        np.asarray(info["terminal_observation"]["obs"]).tolist()
                        for info in step.infos
                        if "terminal_observation" in info
                    ],
                )
                for name, step in env.step_groups(drawn(env, decision)).items()
            }
        )
    return seen


@pytest.mark.parametrize("scene", [UNLIKE, TAG])
def test_groups_are_the_same_by_any_way(make: Maker[Any], scene: str) -> None:
    ways = [
        make(scene, num_envs=2),
        make(scene, num_envs=2, transport="json"),
        make(scene, num_envs=2, kind="subproc"),
    ]
    assert ways[0].env_info.harness.transport == "binary2"
    assert ways[1].env_info.harness.transport == "json"
    assert ways[0].groups == ways[1].groups == ways[2].groups
    played = [play(env, 30) for env in ways]
    assert played[0] == played[1]
    assert played[0] == played[2]
    with pytest.raises(UsageError, match=r"env.group\(name\)"):
        ways[0].reset()


def test_rows_arenas_and_paths(make: Maker[Any]) -> None:
    env = make(num_envs=2)
    counters, choosers = env.groups["counters"], env.groups["choosers"]
    assert counters.agents == (0, 1, 2, 3, 6, 7, 8, 9)
    assert counters.arenas == (0, 0, 1, 1, 2, 2, 3, 3)
    assert counters.paths == ("First", "Second") * 4
    assert choosers.agents == (4, 5, 10, 11)
    assert choosers.arenas == (0, 1, 2, 3)
    assert choosers.paths == ("Chooser",) * 4
    names = env.group("counters").layout.observations.fields[0].names
    assert names == ("ticks", "episode_number", "offset", "held_action")


def test_actions_reach_the_agents_of_their_rows(make: Maker[Any]) -> None:
    env = make(num_envs=2)
    env.reset_groups()
    actions = idle(env)
    actions["counters"][:, 0] = np.arange(8) / 8
    actions["choosers"][:, 0] = np.arange(4) / 4  # aim x, aim y, then a score for each choice
    actions["choosers"][np.arange(4), 2 + np.array([0, 1, 2, 1])] = 1.0
    steps = env.step_groups(actions)
    assert steps["counters"].obs["obs"][:, 3].tolist() == (np.arange(8) / 8).tolist()
    assert steps["choosers"].obs["obs"][:, 1].tolist() == [0.0, 1.0, 2.0, 1.0]
    assert steps["choosers"].obs["obs"][:, 2].tolist() == (np.arange(4) / 4).tolist()


@pytest.mark.parametrize("kind", ["async", "subproc"])
def test_a_policy_by_wire_plays_the_arenas_named(make: Maker[Any], kind: str, half: bytes) -> None:
    env = make(kind=kind, num_envs=2)
    loaded = env.load_policy("counters", half, [1, 2], name="milestone")
    assert loaded.sha256 == hashlib.sha256(half).hexdigest()
    assert loaded.actions == "deterministic"
    env.reset_groups()
    policies: dict[int, set[Any]] = {}
    opponents: list[Any] = []
    for _ in range(6):
        steps = env.step_groups(idle(env))
        pushes = steps["counters"].obs["obs"][:, 3]
        assert pushes.tolist() == [0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 0.0, 0.0]
        for arena, info in zip(env.groups["counters"].arenas, steps["counters"].infos, strict=True):
            if "terminal_observation" in info:
                policies.setdefault(arena, set()).add(info.get("policy"))
        opponents += [info.get("opponents") for info in steps["choosers"].infos]
    assert policies == {0: {None}, 1: {"milestone"}, 2: {"milestone"}, 3: {None}}
    told = [result for results in opponents for result in results or []]
    assert {result["policy"] for result in told} == {"milestone"}
    assert {result["group"] for result in told} == {"counters"}
    assert all(result["return"] > 0 for result in told)


def test_a_policy_that_does_not_fit_is_refused_and_the_run_goes_on(
    make: Maker[Any], half: bytes
) -> None:
    env = make()
    env.reset_groups()
    with pytest.raises(UsageError, match=r"'load_policy' was refused: .*observation of 4 elements"):
        env.load_policy("choosers", half)
    with pytest.raises(UsageError, match="'load_policy' was refused"):
        env.load_policy("counters", b"no onnx")
    env.step_groups(idle(env))


def test_parameters_of_tag(make: Maker[Any]) -> None:
    env = make(TAG, num_envs=2, seed=1)
    env.set_parameters({"pillars": 0}, arenas=[0])
    env.set_options([{"runner_speed": 8.0}] * env.num_envs)
    env.reset_groups()
    known = env.known_parameters()
    assert known["pillars"] == 4.0
    assert set(known) == {"round_seconds", "pillars", "runner_speed", "chaser_speed"}
    ended: dict[int, Any] = {}
    while len(ended) < 4:
        runner = env.step_groups(idle(env))["runner"]
        for arena, info in zip(env.groups["runner"].arenas, runner.infos, strict=True):
            if "terminal_observation" in info:
                ended.setdefault(arena, info["parameters"])
    assert ended == {
        0: {"pillars": 0.0, "runner_speed": 8.0},
        **{arena: {"runner_speed": 8.0} for arena in (1, 2, 3)},
    }


def ended_parameters(env: Any, episodes: int) -> dict[int, list[dict[str, float]]]:
    """Play; return by arena what was drawn for its first episodes."""
    env.reset_groups()
    found: dict[int, list[dict[str, float]]] = {a: [] for a in env.groups["runner"].arenas}
    while min(map(len, found.values())) < episodes:
        runner = env.step_groups(idle(env))["runner"]
        for arena, info in zip(found, runner.infos, strict=True):
            if "terminal_observation" in info:
                found[arena].append(info["parameters"])
    return {arena: each[:episodes] for arena, each in found.items()}


def test_samplers_draw_by_the_episodes_seed(make: Maker[Any]) -> None:
    """As many engines, arenas and forms of a sampler as you like: the same seed, the same value."""
    short = {"round_seconds": "choice(0.5, 1)"}
    spread = make(TAG, num_envs=2, kind="subproc", seed=1)
    spread.set_parameters({**short, "runner_speed": "uniform(2, 6)", "pillars": 3})
    first = ended_parameters(spread, 2)
    known = spread.known_parameters()
    spread.close()
    together = make(TAG, arenas=4, seed=1)
    together.set_parameters({**short, "runner_speed": Uniform(low=2.0, high=6.0), "pillars": 3})
    assert ended_parameters(together, 2) == first
    drawn = [episode for episodes in first.values() for episode in episodes]
    assert len({each["runner_speed"] for each in drawn}) == 8
    assert all(2.0 <= each["runner_speed"] <= 6.0 and each["pillars"] == 3.0 for each in drawn)
    assert {each["round_seconds"] for each in drawn} == {0.5, 1.0}
    assert known["runner_speed"] == 3.5  # the scene's default, not what was drawn
    together.set_parameters({"runner_speed": None}, arenas=[2])
    together.set_levels({0: [77], 3: [77]})
    told = ended_parameters(together, 1)
    assert told[0] == told[3] != told[1]
    assert "runner_speed" not in told[2][0]


def test_a_killed_engine_comes_back_with_its_orders(make: Maker[Any], half: bytes) -> None:
    env = make(num_envs=2, max_restarts=1)
    env.load_policy("counters", half, [0, 3])
    env.reset_groups()
    env.step_groups(idle(env))
    os.kill(env.envs[0].process.pid, signal.SIGKILL)
    steps = env.step_groups(idle(env))
    assert steps["counters"].truncated[:4].all()
    assert [info.get("engine_restart") for info in steps["choosers"].infos] == [1, 1, None, None]
    assert steps["counters"].infos[0]["terminal_observation"]["obs"].shape == (4,)
    assert steps["choosers"].infos[0]["terminal_observation"]["obs"].shape == (3,)
    pushes = env.step_groups(idle(env))["counters"].obs["obs"][:, 3]
    assert pushes.tolist() == [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5]


def test_an_engine_killed_before_an_order_is_replaced_and_told(
    make: Maker[Any], half: bytes
) -> None:
    env = make(max_restarts=1)
    env.reset_groups()
    os.kill(env.envs[0].process.pid, signal.SIGKILL)
    assert env.load_policy("counters", half).sha256 == hashlib.sha256(half).hexdigest()
    assert env.groups_played_elsewhere == {"counters"}
    choosers = {"choosers": idle(env)["choosers"]}
    assert env.step_groups(choosers)["choosers"].truncated.all()
    assert (env.step_groups(choosers)["counters"].obs["obs"][:, 3] == 0.5).all()


@pytest.mark.parametrize("transport", ["binary", "json"])
def test_seats_that_are_taken_and_left(make: Maker[Any], transport: str) -> None:
    """The plot stands in seats_arena.gd: a counter comes at tick 12 and goes at 28, and so on."""
    env = make(SEATS, action_repeat=4, arenas=1, transport=transport)
    first = env.reset_groups()
    assert first["counters"].present.tolist() == [True, False]
    assert first["counters"].infos[1].get("absent")
    present, joined = [], []
    for _ in range(24):
        step = env.step_groups(idle(env))["counters"]
        present.append(bool(step.present[1]))
        joined.append(bool(step.joined[1]))
        assert ("absent" in step.infos[1]) == (not present[-1])
        if not present[-1]:
            assert step.rewards[1] == 0.0 or step.dones[1]
    assert True in present
    assert False in present
    came = [after and not before for before, after in zip([False, *present], present, strict=False)]
    assert all(here for here, now in zip(present, joined, strict=True) if now)
    assert [now for now, new in zip(joined, came, strict=True) if new] == [True] * sum(came)
