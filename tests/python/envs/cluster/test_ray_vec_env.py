"""Engines in actors of a cluster: the same run as here, and what is lost is one rollout."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("ray", reason="Ray is not installed")

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.connection import connected
from rl_training.errors import EngineDiedError, UsageError
from tests.python.conftest import processes_left
from tests.python.envs.cluster.making import Make, environments
from tests.python.free_learner import STEPS, learner
from tests.python.replay_learner import CHUNK, ONE_CHOICE, kept, learn, replay_learner, weights

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.nightly,
    pytest.mark.skipif(os.name == "nt", reason="the fake game is a shell script"),
]

ENGINES = 3
AGENTS = ENGINES * 4
CLUSTER = ClusterSettings(backend="ray", engines_per_actor=2)


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    with processes_left(patience_s=300.0), connected(CLUSTER, 4.0):
        yield


@pytest.fixture
def make(fake_game: Callable[..., str], free_port: int) -> Iterator[Make]:
    with environments(fake_game, free_port, CLUSTER, ENGINES, arenas=2) as make:
        yield make


@pytest.mark.parametrize(
    "behaviour",
    [
        {"pays": True},
        {"actions": {"turn": {"action_type": "discrete", "size": 3}}},
        {"pays": True, "leave": {"agent": 1, "at": 4, "back": 9}},
    ],
    ids=["continuous", "choices", "empty seats"],
)
def test_one_seed_gives_the_run_that_it_gives_here(make: Make, behaviour: dict[str, Any]) -> None:
    told = []
    for kind in ("local", "ray"):
        env = make(kind, **behaviour)
        model = learner(env)
        model.learn(3 * STEPS * AGENTS)
        weights = {key: each.numpy().copy() for key, each in model.policy.state_dict().items()}
        statistics = model.env.obs_rms["obs"]
        episodes = [(float(each["r"]), int(each["l"])) for each in model.ep_info_buffer]
        told.append((weights, statistics.mean, statistics.var, episodes, model.num_timesteps))
        env.close()
    here, there = told
    for key, value in here[0].items():
        np.testing.assert_array_equal(value, there[0][key], err_msg=key)
    np.testing.assert_array_equal(here[1], there[1])
    np.testing.assert_array_equal(here[2], there[2])
    assert here[3:] == there[3:]
    assert here[4] == 3 * STEPS * AGENTS
    assert len(here[3]) > AGENTS


@pytest.mark.parametrize(
    ("name", "behaviour"),
    [("sac", {"pays": True}), ("crossq", {"pays": True}), ("dqn", ONE_CHOICE)],
)
def test_actors_fill_one_replay_as_it_is_filled_here(
    make: Make, name: str, behaviour: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    told = []
    for kind in ("local", "ray"):
        env = make(kind, **behaviour)
        model = learn(replay_learner(env, name, 4 * CHUNK))
        told.append((kept(model), weights(model), model.num_timesteps, model._n_updates))
        env.close()
    assert "every decision travels" not in caplog.text
    for here, there in zip(told[0][:2], told[1][:2], strict=True):
        for key, value in here.items():
            np.testing.assert_array_equal(value, there[key], err_msg=key)
    assert told[0][2:] == told[1][2:]
    assert told[0][2] == 4 * CHUNK * AGENTS
    assert told[0][3] > 0


def test_steps_and_calls_reach_every_engine(make: Make) -> None:
    told = []
    for kind in ("local", "ray"):
        env = make(kind)
        seen = [env.reset()["obs"]]
        env.set_attr("reset_after", 7, indices=[0, AGENTS - 1])
        actions = np.zeros((AGENTS, 2), np.float32)
        for _ in range(6):
            obs, rewards, dones, infos = env.step(actions)
            seen += [obs["obs"], rewards, dones]
            seen += [np.array([info["TimeLimit.truncated"] for info in infos])]
        told.append((seen, env.get_attr("reset_after")))
        env.close()
    for one, other in zip(told[0][0], told[1][0], strict=True):
        np.testing.assert_array_equal(one, other)
    assert told[0][1:] == told[1][1:]
    assert told[0][1][0] == told[0][1][-1] == 7


def kill_in_mid_rollout(env: Any, sign: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Kill actor 1, whose engine is stuck in its third decision, when actor 0 has played."""
    crew = env._crew
    finished, happened = crew.finished, []

    def watched(*, wait: bool) -> Any:
        for actor, answer in finished(wait=wait):
            happened.append(f"{actor} {type(answer).__name__}")
            yield actor, answer
            if not sign.exists():
                os.kill(crew.facts[1].pid, signal.SIGKILL)
                sign.touch()

    monkeypatch.setattr(crew, "finished", watched)
    return happened


def test_a_lost_actor_costs_its_rollout_and_the_run_goes_on(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sign = tmp_path / "go_on"
    env = make("ray", max_restarts=2, slow_arena=4, wait_for=str(sign))
    happened = kill_in_mid_rollout(env, sign, monkeypatch)
    model = learner(env)
    infos: list[Any] = []

    def note(values: Any, _: Any) -> bool:
        infos.append(values["infos"])
        return True

    model.learn(2 * STEPS * AGENTS, callback=note)
    assert happened == ["0 tuple", "1 ActorLostError", "1 tuple", *happened[3:]]
    assert sorted(happened[3:]) == ["0 tuple", "1 tuple"]
    assert model.num_timesteps == 2 * STEPS * AGENTS
    assert [(each.engine, each.error) for each in env.restarts] == [(2, "ActorLostError")]
    # Its agents' episodes are cut off, nobody else's.
    struck = [row for row, info in enumerate(infos[0]) if "engine_restart" in info]
    assert struck == [8, 9, 10, 11]
    assert all(infos[0][row]["TimeLimit.truncated"] for row in struck)
    assert not any("engine_restart" in info for each in infos[1:] for info in each)
    assert "actor 1 (engine 2 on" in caplog.text
    assert "its rollout is collected again" in caplog.text


def test_who_is_late_is_learned_from_in_the_next_update(make: Make, tmp_path: Path) -> None:
    sign = tmp_path / "go_on"
    # Actor 1's engine is stuck in its third decision until the first update has been made.
    env = make("ray", slow_arena=4, wait_for=str(sign))
    model = learner(env)
    model.stale_rollouts = 1
    ages: list[list[int]] = []

    def note(values: Any, _: Any) -> bool:
        if values["n_steps"] == STEPS - 1:
            ages.append(list(values["self"]._age.ages))
            sign.touch()
        return True

    model.learn(3 * STEPS * AGENTS, callback=note)
    assert ages[0] == [0]
    # Its rollout must be there; the other actor's may be late in its turn.
    assert ages[1] in ([1], [0, 1])
    assert max(age for each in ages for age in each) == 1
    assert model.num_timesteps >= 3 * STEPS * AGENTS


def test_without_restarts_a_lost_actor_ends_the_run(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign = tmp_path / "go_on"
    env = make("ray", slow_arena=4, wait_for=str(sign))
    kill_in_mid_rollout(env, sign, monkeypatch)
    model = learner(env)
    with pytest.raises(EngineDiedError, match=r"actor 1 \(engine 2 on .*\) was lost"):
        model.learn(STEPS * AGENTS)
    assert model.num_timesteps == 0


def test_an_engine_that_fails_is_replaced_by_its_actor(make: Make) -> None:
    env = make("ray", max_restarts=1, kill_step=13, only_first=True)
    model = learner(env)
    model.learn(STEPS * AGENTS)
    assert [restart.engine for restart in env.restarts] == [0]
    assert model.num_timesteps == STEPS * AGENTS


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (
            "package_fingerprint",
            r"node \S+ has another version of spacetime-rl \(checksum",
        ),
        ("fingerprint", r"node \S+ has another game at \S+ \(checksum \w+, here 0123\): copy it"),
    ],
)
def test_a_node_with_other_files_is_refused_by_name(
    make: Make, monkeypatch: pytest.MonkeyPatch, what: str, told: str
) -> None:
    # As if the learner's machine had others: the actor looks at what is really there.
    monkeypatch.setattr(f"rl_training.envs.cluster.crew.{what}", lambda *_: "0123")
    with pytest.raises(UsageError, match=told):
        make("ray")
