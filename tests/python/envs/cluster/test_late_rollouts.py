"""`--stale_rollouts`: who is late is learned from later, within a bound; no Ray here."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3.common.callbacks import BaseCallback

from rl_training.algorithms.late_rollouts import Staleness
from rl_training.config import TrainConfig
from rl_training.config.sections import ClusterSettings
from rl_training.errors import ConfigError
from tests.python.envs.cluster.making import Make, environments
from tests.python.envs.cluster.small_ray import SmallRay, small_ray
from tests.python.free_learner import STEPS, learner

pytestmark = pytest.mark.usefixtures("no_process_left")

ENGINES = 3
EACH = 2  # agents of an engine
AGENTS = ENGINES * EACH
CLUSTER = ClusterSettings(backend="ray", engines_per_actor=1)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallRay]:
    with small_ray(monkeypatch, "rl_training.envs.cluster.ray_vec_env") as ray:
        yield ray


@pytest.fixture
def make(fake_game: Callable[..., str], free_port: int, ray: SmallRay) -> Iterator[Make]:
    with environments(fake_game, free_port, CLUSTER, ENGINES, arenas=1) as make:
        yield make


class Watch(BaseCallback):
    """Keeps what each update learned from, and who is late next."""

    def __init__(self, ray: SmallRay, late: list[set[int]]) -> None:
        super().__init__()
        self._ray, self._plan = ray, late
        self.updates: list[dict[str, Any]] = []
        self.policies: list[dict[str, torch.Tensor]] = []

    def _on_rollout_start(self) -> None:
        number = len(self.updates)
        self._ray.late = self._plan[number] if number < len(self._plan) else set()
        weights = self.model.policy.state_dict()
        self.policies.append({name: each.clone() for name, each in weights.items()})

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        model: Any = self.model
        buffer = model.rollout_buffer
        self.updates.append(
            {
                "timesteps": model.num_timesteps,
                "age": copy.deepcopy(model._age),
                "obs": buffer.observations["obs"].copy(),
                "actions": buffer.actions.copy(),
                "log_probs": buffer.log_probs.copy(),
                "values": buffer.values.copy(),
                "starts": buffer.episode_starts.copy(),
            }
        )


def learned(
    make: Make, ray: SmallRay, most: int, late: list[set[int]], updates: int
) -> tuple[Any, Watch]:
    model, watch = learner(make()), Watch(ray, late)
    model.stale_rollouts = most
    watch.init_callback(model)
    _, callback = model._setup_learn(1 << 20, watch)
    for _ in range(updates):
        assert model.collect_rollouts(model.env, callback, model.rollout_buffer, STEPS)
        model.train()
    return model, watch


def rows(engine: int) -> slice:
    return slice(engine * EACH, (engine + 1) * EACH)


def told_by(
    policy: Any, weights: dict[str, torch.Tensor], update: dict[str, Any], own: slice
) -> tuple[Any, Any]:
    """Return what a policy of these weights says of what some agents did: values, log-probs."""
    policy.load_state_dict(weights)
    obs, actions = update["obs"][:, own], update["actions"][:, own]
    with torch.no_grad():
        values, log_probs, _ = policy.evaluate_actions(
            {"obs": torch.from_numpy(obs.reshape(-1, obs.shape[-1]))},
            torch.from_numpy(actions.reshape(-1, actions.shape[-1])),
        )
    shape = obs.shape[:2]
    return values.numpy().reshape(shape), log_probs.numpy().reshape(shape)


def test_waiting_for_all_is_the_run_of_one_machine(make: Make) -> None:
    told = []
    for kind in ("local", "ray"):
        model = learner(make(kind))
        model.learn(2 * STEPS * AGENTS)
        told.append({key: each.numpy().copy() for key, each in model.policy.state_dict().items()})
        model.env.close()
    for key, value in told[0].items():
        np.testing.assert_array_equal(value, told[1][key], err_msg=key)


def test_a_late_rollout_is_learned_from_in_the_next_update(make: Make, ray: SmallRay) -> None:
    model, watch = learned(make, ray, 1, [{1}, {1}, {1}], 3)
    ages = [(each["age"].ages, each["age"].late) for each in watch.updates]
    # Nobody is waited for twice: in the second update the late one must be there.
    assert ages == [([0, 0], 1), ([0, 1, 0], 0), ([0, 0], 1)]
    assert [each["timesteps"] for each in watch.updates] == [
        STEPS * EACH * done for done in (2, 5, 7)
    ]
    second, own = watch.updates[1], rows(1)
    # Ratios are to the policy that played; values are of the critic that learns.
    values, now = told_by(model.policy, watch.policies[1], second, own)
    _, then = told_by(model.policy, watch.policies[0], second, own)
    np.testing.assert_allclose(second["log_probs"][:, own], then, atol=5e-5)
    assert np.abs(now - then).max() > 2e-4
    np.testing.assert_allclose(second["values"][:, own], values, atol=5e-5)
    others, now = told_by(model.policy, watch.policies[1], second, rows(0))
    np.testing.assert_allclose(second["log_probs"][:, rows(0)], now, atol=5e-5)
    np.testing.assert_allclose(second["values"][:, rows(0)], others, atol=5e-5)
    # Its first observation is that of a new episode, as it was when it began to play.
    assert second["starts"][0, own].tolist() == [1.0, 1.0]
    assert model.logger.name_to_value["cluster/staleness_max"] == 0


def test_episodes_and_returns_of_who_was_late_are_whole(make: Make, ray: SmallRay) -> None:
    model, _ = learned(make, ray, 1, [{1}, set(), {0}, {2}, {1}], 5)
    # Agent i of an engine plays episodes of 5 + i decisions, each worth its number in the game.
    known = {((5 + agent % EACH) * (1.0 + agent), 5 + agent % EACH) for agent in range(AGENTS)}
    told = {(float(each["r"]), int(each["l"])) for each in model.ep_info_buffer}
    assert told == known
    for own, rollouts in ((rows(0), 4), (rows(1), 3), (rows(2), 4)):
        for agent in range(own.start, own.stop):
            decisions = rollouts * STEPS % (5 + agent % EACH)
            discounted = sum(0.9**n for n in range(decisions)) * (1.0 + agent)
            assert model.env.returns[agent] == pytest.approx(discounted)


def test_nothing_is_older_than_was_said_and_actors_play_on(make: Make, ray: SmallRay) -> None:
    model, watch = learned(make, ray, 2, [{1}] * 6, 6)
    ages = [each["age"].ages for each in watch.updates]
    # They begin before the learner has learned, so what is in time is one version old.
    assert ages == [[0, 0], [1, 1], [1, 2, 1], [1, 1], [1, 2, 1], [1, 1]]
    third = watch.updates[2]
    for engine, version in ((0, 1), (1, 0), (2, 1)):
        _, then = told_by(model.policy, watch.policies[version], third, rows(engine))
        np.testing.assert_allclose(third["log_probs"][:, rows(engine)], then, atol=5e-5)


def test_a_late_actor_that_dies_plays_its_rollout_again(make: Make, ray: SmallRay) -> None:
    env = make(max_restarts=1)
    model, watch = learner(env), Watch(ray, [{1}])
    model.stale_rollouts = 1
    _, callback = model._setup_learn(1 << 20, watch)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, STEPS)
    model.train()
    next(actor for actor in ray.actors if actor.first == 1).die()
    model.collect_rollouts(model.env, callback, model.rollout_buffer, STEPS)
    assert watch.updates[1]["age"].ages == [0, 1, 0]
    assert [(each.engine, each.error) for each in env.restarts] == [(1, "ActorLostError")]
    # It was in its first episode, which is cut off in the rollout's first decision.
    assert watch.updates[1]["starts"][1].tolist() == [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]


def test_a_stop_forgets_who_is_late(make: Make, ray: SmallRay) -> None:
    model, watch = learned(make, ray, 1, [{1}], 1)
    stop = type("Stop", (BaseCallback,), {"_on_step": lambda _: False})()
    model.learn(STEPS * AGENTS, callback=stop)
    assert dict(model.env.venv.venv.playing) == {}
    ray.late = set()
    model.learn(STEPS * AGENTS)
    assert model._age.ages == [0, 0, 0]
    assert watch.updates[0]["age"].late == 1


@pytest.mark.parametrize(
    ("most", "version", "playing", "there", "waits"),
    [
        (1, 0, {}, 4, False),
        (1, 0, {1: 0}, 3, False),
        (1, 0, {1: 0, 2: 0}, 2, True),
        (1, 3, {1: 2}, 3, True),
        (2, 3, {1: 2}, 3, False),
        (2, 3, {1: 1}, 3, True),
        (1, 0, {1: 0}, 0, True),
        (1, 0, {1: 0}, 1, False),
        (1, 0, dict.fromkeys(range(25), 0), 75, False),
        (1, 0, dict.fromkeys(range(26), 0), 74, True),
    ],
)
def test_whom_the_learner_waits_for(
    most: int, version: int, playing: dict[int, int], there: int, waits: bool
) -> None:
    assert Staleness(most, version).must_wait(playing, there) is waits


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cluster": {"stale_rollouts": 1}}, "engines run locally: add --backend ray"),
        ({"cluster": {"backend": "ray", "stale_rollouts": 3}}, "must be at most 2; found 3"),
        (
            {"cluster": {"backend": "ray", "stale_rollouts": 1}, "algorithm": {"name": "sac"}},
            "needs algorithm ppo, which clips by the policy that played; found sac",
        ),
    ],
)
def test_where_it_cannot_be_one_line_says_so(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        TrainConfig().replace(changes)
