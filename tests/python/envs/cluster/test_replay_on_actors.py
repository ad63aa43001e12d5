"""Off-policy learners on a cluster: actors play, one replay buffer holds it all; no Ray here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import SAC
from stable_baselines3.common.callbacks import BaseCallback

from rl_training.algorithms.collection import collecting
from rl_training.algorithms.drawing import explored
from rl_training.config.sections import ClusterSettings
from rl_training.errors import EngineDiedError
from tests.python.envs.cluster.making import Make, environments
from tests.python.envs.cluster.small_ray import Ref, SmallRay, small_ray
from tests.python.replay_learner import (
    CHUNK,
    ONE_CHOICE,
    UPDATES,
    kept,
    learn,
    replay_learner,
    weights,
)

pytestmark = pytest.mark.usefixtures("no_process_left")

ENGINES = 2
EACH = 4  # agents of an engine
AGENTS = ENGINES * EACH
DECISIONS = 4 * CHUNK
CLUSTER = ClusterSettings(backend="ray", engines_per_actor=1)
EVERY_DECISION = "every decision travels to the cluster and back"


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallRay]:
    with small_ray(monkeypatch, "rl_training.envs.cluster.ray_vec_env") as ray:
        yield ray


@pytest.fixture
def make(fake_game: Callable[..., str], free_port: int, ray: SmallRay) -> Iterator[Make]:
    with environments(fake_game, free_port, CLUSTER, ENGINES, arenas=2) as make:
        yield make


class Watch(BaseCallback):
    """Notes chunks, gradient steps and what callbacks see of each decision."""

    def __init__(self, stop_at: int = 0) -> None:
        super().__init__()
        self._stop_at = stop_at
        self.chunks: list[int] = []  # timesteps at the beginning of each
        self.updates: list[tuple[int, int]] = []  # timesteps, gradient steps
        self.policies: list[dict[str, Any]] = []  # that played each chunk
        self.told: list[dict[str, Any]] = []

    def _on_training_start(self) -> None:
        model: Any = self.model
        train = model.train

        def noted(gradient_steps: int, batch_size: int) -> None:
            self.updates.append((model.num_timesteps, gradient_steps))
            train(gradient_steps=gradient_steps, batch_size=batch_size)

        model.train = noted

    def _on_training_end(self) -> None:
        vars(self.model).pop("train")

    def _on_rollout_start(self) -> None:
        self.chunks.append(self.num_timesteps)
        self.policies.append({k: v.clone() for k, v in self.model.policy.state_dict().items()})

    def _on_step(self) -> bool:
        names = ("rewards", "dones", "infos", "actions", "new_obs")
        told = {name: self.locals[name] for name in names}
        told["rewards"], told["dones"] = np.array(told["rewards"]), np.array(told["dones"])
        self.told.append(told | {"timesteps": self.num_timesteps})
        return len(self.told) != self._stop_at


def whole_ones(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows with every command that an actor does."""
    done: list[str] = []
    run = Ref.run

    def noted(ref: Ref) -> None:
        done.append(ref.method)
        run(ref)

    monkeypatch.setattr(Ref, "run", noted)
    return done


@pytest.mark.parametrize(
    ("names", "behaviour"),
    [
        (("sac", "tqc", "crossq", "td3"), {"pays": True}),
        (("dqn",), ONE_CHOICE),
        (("sac",), {"pays": True, "leave": {"agent": 1, "at": 4, "back": 9}}),
    ],
    ids=["continuous", "choices", "empty seats"],
)
def test_one_seed_fills_the_replay_alike_here_and_there(
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    names: tuple[str, ...],
    behaviour: dict[str, Any],
) -> None:
    found: dict[str, list[Any]] = {name: [] for name in names}
    commands = whole_ones(monkeypatch)
    for kind in ("local", "ray"):
        env = make(kind, **behaviour)
        for name in names:
            model, watch = replay_learner(env, name, DECISIONS), Watch()
            learn(model, watch)
            found[name].append((model.model, watch))
        env.close()
    assert commands.count("rollout") == len(names) * ENGINES * DECISIONS // CHUNK
    assert EVERY_DECISION not in caplog.text
    for here, there in found.values():
        stored, other = kept(here[0]), kept(there[0])
        assert len(stored["rewards"]) == DECISIONS
        for name, array in stored.items():
            np.testing.assert_array_equal(array, other[name], err_msg=name)
        theirs = weights(there[0])
        for key, value in weights(here[0]).items():
            np.testing.assert_array_equal(value, theirs[key], err_msg=key)
        assert here[0].num_timesteps == there[0].num_timesteps == DECISIONS * AGENTS
        assert here[0]._n_updates == there[0]._n_updates > 0
        statistics = [each[0].get_vec_normalize_env().obs_rms for each in (here, there)]
        if isinstance(statistics[0], dict):
            statistics = [each["obs"] for each in statistics]
        np.testing.assert_array_equal(statistics[0].mean, statistics[1].mean)
        np.testing.assert_array_equal(statistics[0].var, statistics[1].var)
        episodes = [
            [(float(e["r"]), int(e["l"])) for e in each[0].ep_info_buffer] for each in (here, there)
        ]
        assert episodes[0] == episodes[1]
        assert len(episodes[0]) >= 4 * AGENTS
        assert here[1].updates == there[1].updates


@pytest.mark.parametrize("name", ["sac", "crossq"])
def test_what_is_stored_is_what_sb3_stores(make: Make, name: str) -> None:
    """The fake game shows the same whatever is done: both must hold the same, but for actions."""
    told, env = [], make("local")
    for collection in ("free", "waiting"):
        made = replay_learner(env, name, DECISIONS, normalise=False, collection=collection)
        watch = Watch()
        model = learn(made, watch)
        told.append((kept(model), watch, list(model.ep_info_buffer)))
    (free, free_watch, episodes), (waiting, watch, same_episodes) = told
    for key in ("observations", "next_observations", "rewards", "dones", "timeouts"):
        np.testing.assert_array_equal(free[key], waiting[key], err_msg=key)
    assert free["actions"].shape == waiting["actions"].shape
    assert [(e["r"], e["l"]) for e in episodes] == [(e["r"], e["l"]) for e in same_episodes]
    assert free_watch.updates == watch.updates
    for one, other in zip(free_watch.told, watch.told, strict=True):
        assert one["timesteps"] == other["timesteps"]
        np.testing.assert_array_equal(one["dones"], other["dones"])
        np.testing.assert_array_equal(one["rewards"], other["rewards"])
        for info, same in zip(one["infos"], other["infos"], strict=True):
            assert info.keys() == same.keys()


@pytest.mark.parametrize("name", ["sac", "crossq"])
def test_ends_are_what_was_seen_last_and_a_timeout_is_no_terminal(make: Make, name: str) -> None:
    model = learn(replay_learner(make(), name, DECISIONS))
    stored = kept(model)
    before, after = stored["observations"], stored["next_observations"]
    # [episode, decision of the episode / 100, ...]: the end of an episode is its own last decision.
    np.testing.assert_array_equal(after[..., 0], before[..., 0])
    np.testing.assert_allclose(after[..., 1], before[..., 1] + 0.01, atol=1e-6)
    ended = stored["dones"] > 0.0
    assert ended.sum() > 3 * AGENTS
    is_odd = before[..., 0] % 2 == 1  # those are cut off
    np.testing.assert_array_equal(stored["timeouts"] > 0.0, ended & is_odd)
    # What the learner takes for an end of everything.
    batch = model.replay_buffer._get_samples(np.repeat(np.arange(DECISIONS), 20))
    assert 0.0 < float(batch.dones.mean()) < 0.2
    # Raw, though what the policy sees is normalised: agent i of the game is worth 1 + i.
    agents = np.arange(AGENTS)
    np.testing.assert_allclose(before[..., 2], np.tile(agents / 100, (DECISIONS, 1)), atol=1e-6)
    np.testing.assert_array_equal(stored["rewards"], np.tile(1.0 + agents, (DECISIONS, 1)))


def test_callbacks_see_ends_as_the_policy_does(make: Make) -> None:
    watch = Watch()
    learn(replay_learner(make(), "sac", CHUNK), watch)
    last = [i["terminal_observation"] for t in watch.told for i in t["infos"] if "episode" in i]
    assert len(last) >= AGENTS
    # Normalised and clipped: raw values of agents and progress are all below 1.
    assert max(float(np.abs(each["obs"]).max()) for each in last) > 1.0


def test_each_row_gets_its_own_actions(make: Make) -> None:
    """The game pays the first number of the action, so that a mix-up of rows would show."""
    stored = kept(learn(replay_learner(make(pays=True), "td3", DECISIONS)))
    np.testing.assert_allclose(stored["rewards"], stored["actions"][..., 0], atol=1e-6)
    assert np.abs(stored["actions"]).max() <= 1.0


@pytest.mark.parametrize(
    ("name", "behaviour", "quiet"),
    [
        ("td3", {}, {"action_noise": 0.0}),
        ("dqn", ONE_CHOICE, {"exploration_initial_eps": 0.0, "exploration_final_eps": 0.0}),
    ],
)
def test_actions_are_random_at_first_and_gradient_steps_are_counted(
    make: Make, name: str, behaviour: dict[str, Any], quiet: dict[str, float]
) -> None:
    # Learning begins in the middle of the second chunk.
    random = CHUNK + 3
    given: dict[str, Any] = {"learning_starts": random * AGENTS, "normalise": False, **quiet}
    made = replay_learner(make(**behaviour), name, DECISIONS, **given)
    watch = Watch()
    model = learn(made, watch)
    stored, policy = kept(model), model.policy
    assert watch.chunks == [chunk * CHUNK * AGENTS for chunk in range(4)]
    # As many for each transition as is asked for, from the first chunk after the beginning on.
    expected = round(CHUNK * AGENTS * UPDATES)
    assert watch.updates == [(chunk * CHUNK * AGENTS, expected) for chunk in (2, 3, 4)]
    for number in range(DECISIONS):
        policy.load_state_dict(watch.policies[number // CHUNK])
        told, _ = policy.predict({"obs": stored["observations"][number]}, deterministic=True)
        differs = np.abs(told.reshape(AGENTS, -1) - stored["actions"][number]).max()
        assert (differs > 0.1) if number < random else (differs < 1e-5), number
    drawn = stored["actions"][:random]
    if name == "td3":
        assert abs(float(drawn.mean())) < 0.2
        assert float(drawn.std()) == pytest.approx(3**-0.5, abs=0.1)
    else:
        assert (np.bincount(drawn.ravel(), minlength=3) > random * AGENTS / 6).all()


def test_random_choices_become_rare_as_sb3_lets_them(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    rates: list[float] = []

    def noted(*args: Any) -> Any:
        given.extend(args[3])
        return explored(*args)

    monkeypatch.setattr("rl_training.algorithms.free_replay.explored", noted)
    made = replay_learner(make("local", **ONE_CHOICE), "dqn", DECISIONS, learning_starts=0)

    class Rates(BaseCallback):
        def _on_step(self) -> bool:
            # By this one SB3 would have chosen the action of this decision.
            model: Any = self.model
            rates.append(model.exploration_rate)
            return True

    learn(made, Rates())
    assert len(given) == len(rates) == DECISIONS
    assert given[1:] == pytest.approx(rates[1:])
    assert 1.0 == given[0] > given[3] > given[-1] == 0.05


def test_an_actor_that_dies_loses_its_chunk_and_the_run_goes_on(make: Make, ray: SmallRay) -> None:
    env = make(max_restarts=1)
    watch = Watch()

    def die(at: int) -> None:
        if at == CHUNK * AGENTS:
            next(actor for actor in ray.actors if actor.first == 1).die()

    watch._on_rollout_start = lambda: die(watch.num_timesteps)  # type: ignore[method-assign]
    model = learn(replay_learner(env, "sac", DECISIONS), watch)
    assert [(each.engine, each.error) for each in env.restarts] == [(1, "ActorLostError")]
    assert model.num_timesteps == DECISIONS * AGENTS
    stored, own = kept(model), slice(EACH, 2 * EACH)
    assert len(stored["rewards"]) == DECISIONS
    # Its agents' episodes are cut off in the first decision of the chunk, nobody else's.
    assert stored["timeouts"][CHUNK, own].tolist() == [1.0] * EACH
    struck = [n for n, each in enumerate(watch.told) if "engine_restart" in each["infos"][EACH]]
    assert struck == [CHUNK]
    assert not any("engine_restart" in each["infos"][0] for each in watch.told)
    # It showed last what it showed last: no decision was played in between.
    before, after = stored["observations"][CHUNK, own], stored["next_observations"][CHUNK, own]
    np.testing.assert_array_equal(before, after)


def test_without_restarts_a_lost_actor_ends_the_run_and_what_was_stored_stays(
    make: Make, ray: SmallRay
) -> None:
    made = replay_learner(make(), "sac", DECISIONS)
    watch = Watch()

    def die(at: int) -> None:
        if at == CHUNK * AGENTS:
            ray.actors[1].die()

    watch._on_rollout_start = lambda: die(watch.num_timesteps)  # type: ignore[method-assign]
    with pytest.raises(EngineDiedError, match=r"actor 1 \(engine 1 on .*\) was lost"):
        learn(made, watch)
    assert made.model.num_timesteps == CHUNK * AGENTS
    assert made.model.replay_buffer.pos == CHUNK


@pytest.mark.parametrize("kind", ["local", "ray"])
def test_a_stop_keeps_what_was_told_and_leaves_a_usable_environment(make: Make, kind: str) -> None:
    env = make(kind)
    made = replay_learner(env, "sac", DECISIONS)
    model = learn(made, Watch(stop_at=CHUNK + 3))
    assert model.num_timesteps == (CHUNK + 3) * AGENTS
    # As SB3 has it: the decision at which it is stopped is counted, and not stored.
    assert model.replay_buffer.pos == CHUNK + 2
    assert env.get_attr("reset_after") == [1000] * AGENTS  # no engine owes an answer
    learn(made, resumed=True)
    assert model.num_timesteps >= DECISIONS * AGENTS
    first = model.replay_buffer.observations["obs"][CHUNK + 2]
    np.testing.assert_array_equal(first[:, 1], np.zeros(AGENTS))  # after a reset


def test_what_cannot_be_played_there_is_stepped_with_a_warning(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    env = make()
    kind: Any = collecting(SAC)
    with caplog.at_level(logging.INFO):
        model = kind(
            "MultiInputPolicy",
            env,
            device="cpu",
            learning_starts=100,
            buffer_size=1000,
            policy_kwargs={"net_arch": [8], "activation_fn": torch.nn.ELU},
        )
        model.learn(3 * AGENTS)
    assert model.num_timesteps == 3 * AGENTS
    assert caplog.text.count(EVERY_DECISION) == 1
    assert caplog.text.count("engines wait for each other: the policy is no plain") == 1


def test_how_far_updates_are_apart(make: Make) -> None:
    env = make("local")
    given = [
        replay_learner(env, "sac", 8, train_freq=freq, collection=how, gradient_steps=None)
        for freq, how in ((None, "waiting"), (None, "free"), (4, "free"))
    ]
    told = [(each.model.train_freq.frequency, each.model.gradient_steps) for each in given]
    assert told == [(1, 1), (16, 16), (4, 4)]
    on_cluster = replay_learner(make(), "sac", 8, train_freq=None, collection="waiting")
    assert on_cluster.model.train_freq.frequency == 16
