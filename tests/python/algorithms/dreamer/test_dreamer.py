"""Dreamer learns, remembers, is saved and exported; what it computes is checked piece by piece."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger

from rl_training.algorithms.dreamer.actions import Choices, Gaussian
from rl_training.algorithms.dreamer.behaviour import lambda_returns
from rl_training.algorithms.dreamer.dreamer import Dreamer
from rl_training.algorithms.dreamer.updates import ThreadUpdates
from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint
from rl_training.checkpoints.sb3_classes import class_name
from rl_training.config.dreamer import SIZES, DreamerSettings
from rl_training.envs.seats import SeatMonitor
from rl_training.errors import ActionSpaceError, ModelError
from rl_training.policy_export.onnx_export import export, read_metadata
from rl_training.policy_export.verify import verify
from tests.python.algorithms.dreamer.point_env import PointEnv, point_env
from tests.python.learners import learner

QUICK = {
    "batch_size": 4, "sequence_length": 8, "learning_starts": 32, "rollout": 8, "train_ratio": 2.0,
}  # fmt: skip


def quick(timesteps: int = 128, kinds: dict[str, bool] | None = None, **algorithm: Any) -> Any:
    """Return a Dreamer that is quick to learn little."""
    env = SeatMonitor(point_env(**(kinds or {})))
    settings = {**QUICK, **algorithm}
    return learner(env, "dreamer", algorithm=settings, training={"timesteps": timesteps})


@pytest.fixture(scope="module", params=["values", "choices", "pictures"])
def trained(request: Any) -> Any:
    kinds = {} if request.param == "values" else {request.param: True}
    made = quick(kinds=kinds)
    made.learn([], Logger(None, []), False)
    return made


def test_it_learns_as_often_as_the_ratio_says(trained: Any) -> None:
    # 128 - 32 timesteps * 2 replayed / (4 * 8 a gradient step).
    assert trained.timesteps == 128
    assert trained.model._n_updates == 6
    # Every timestep, and the first observations of 4 agents' 2 episodes.
    assert len(trained.model.replay) == 128 + 4 * 2


def test_a_checkpoint_decides_as_before(trained: Any, tmp_path: Path) -> None:
    meta = CheckpointMeta(algorithm=class_name(trained.model), timesteps=128)
    trained.save(tmp_path / "run_final.zip", meta, {}, None)

    loaded = load_checkpoint(tmp_path / "run_final.zip").model

    assert isinstance(loaded, Dreamer)
    obs, memory, other = trained.env.reset(), None, None
    for step in range(3):
        starts = np.array([step == 0, False, step == 2, False])
        wanted, memory = trained.model.predict(obs, memory, starts, deterministic=True)
        found, other = loaded.predict(obs, other, starts, deterministic=True)
        np.testing.assert_array_equal(found, wanted)
        obs = trained.env.step(wanted)[0]


def test_the_exported_file_is_the_policy(trained: Any, tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"

    export(trained.model, None, path, CheckpointMeta(algorithm="Dreamer"))

    assert verify(path, trained.model, None).max_difference < 1e-5
    assert '"belief"' in read_metadata(path)["state"]


@pytest.mark.parametrize("size", ["medium"])
def test_blocks_of_the_recurrent_layer_are_exported(size: str, tmp_path: Path) -> None:
    assert SIZES[size]["blocks"] > 1
    made = quick(size=size)

    export(made.model, None, tmp_path / "policy.onnx", CheckpointMeta(algorithm="Dreamer"))

    assert verify(tmp_path / "policy.onnx", made.model, None).max_difference < 1e-5


def test_memory_begins_anew_with_an_episode() -> None:
    policy = quick().model.policy
    obs = np.array([[0.5, -0.5]], np.float32)
    first, memory = policy.predict(obs, deterministic=True)
    _, memory = policy.predict(-obs, memory, np.array([False]), deterministic=True)

    again, forgot = policy.predict(obs, memory, np.array([True]), deterministic=True)
    other, kept = policy.predict(obs, memory, np.array([False]), deterministic=True)

    np.testing.assert_array_equal(again, first)
    assert not np.array_equal(kept[0], forgot[0])
    assert other.shape == first.shape == (1, 1)
    alone, _ = policy.predict(obs[0], deterministic=True)
    assert alone.shape == (1,)


def test_a_resumed_run_goes_on_with_its_replay(tmp_path: Path) -> None:
    made = quick()
    made.learn([], Logger(None, []), False)
    made.save(tmp_path / "run_step_128.zip", CheckpointMeta(algorithm="Dreamer"), {}, None)

    resumed = quick(timesteps=192)
    resumed.restore(tmp_path / "run_step_128.zip")

    assert resumed.timesteps == 128
    assert len(resumed.model.replay) == len(made.model.replay)
    before = made.model.world_optimizer.state_dict()["state"][0]["exp_avg"]
    after = resumed.model.world_optimizer.state_dict()["state"][0]["exp_avg"]
    torch.testing.assert_close(after, before)
    resumed.learn([], Logger(None, []), True)
    assert resumed.timesteps == 192
    assert resumed.model._n_updates > made.model._n_updates
    with pytest.raises(ModelError, match=r"algorithm\.size 'tiny', the settings ask for 'small'"):
        quick(size="small").restore(tmp_path / "run_step_128.zip")


def test_one_seed_gives_one_run() -> None:
    weights = []
    for _ in range(2):
        made = quick(timesteps=96)
        made.learn([], Logger(None, []), False)
        weights.append([one.clone() for one in made.model.policy.parameters()])
    for one, other in zip(*weights, strict=True):
        torch.testing.assert_close(one, other, rtol=0.0, atol=0.0)


class _Played(BaseCallback):
    """Counts the steps of the game for whoever waits in another thread; ends when told."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = threading.Condition()
        self.steps = 0
        self.enough = False

    def _on_step(self) -> bool:
        with self.moved:
            self.steps += 1
            self.moved.notify_all()
        return not self.enough

    def waited_for(self, more: int) -> bool:
        """Return whether the game was played on for so many steps."""
        with self.moved:
            last = self.steps + more
            return self.moved.wait_for(lambda: self.steps >= last, timeout=60.0)


@pytest.mark.timeout(300)
def test_a_gradient_step_does_not_stop_the_game() -> None:
    """Each step here lasts until the game was played on: in turns with collecting, it never was."""
    made = quick(timesteps=400_000, learning="parallel", train_ratio=4.0)
    played, went_on, learned_in = _Played(), [], set[str]()
    update = made.model._step.update

    def as_long_as_the_game_goes_on(*given: Any) -> Any:
        learned_in.add(threading.current_thread().name)
        went_on.append(played.waited_for(20))
        played.enough = len(went_on) == 3
        return update(*given)

    made.model._step.update = as_long_as_the_game_goes_on
    made.learn([played], Logger(None, []), False)

    assert went_on == [True] * len(went_on)
    assert len(went_on) >= 3
    assert learned_in == {"dreamer-learner"}
    assert made.model._n_updates == len(went_on)
    # Whoever acts has weights of its own, which no gradient step changes under it.
    assert made.model._acting is not made.model.policy


def test_what_fails_beside_collecting_is_told() -> None:
    def fails() -> None:
        raise ModelError("nothing to learn")

    updates = ThreadUpdates(fails)

    def run() -> None:
        with updates.running():
            updates.owe(1.0)
            while updates._error is None:
                threading.Event().wait(0.01)

    with pytest.raises(ModelError, match="nothing to learn"):
        run()


def test_spaces_that_cannot_be_imagined_are_refused() -> None:
    env = SeatMonitor(point_env())
    env.action_space = spaces.Box(-np.inf, np.inf, (1,), np.float32)
    with pytest.raises(ActionSpaceError, match="bounded continuous actions or choices"):
        learner(env, "dreamer")


def test_returns_by_hand() -> None:
    rewards, goes_on = torch.tensor([[1.0], [2.0]]), torch.tensor([[0.5], [0.5]])
    values = torch.tensor([[9.0], [4.0], [8.0]])

    assert lambda_returns(rewards, goes_on, values, 1.0).flatten().tolist() == [4.0, 6.0]
    assert lambda_returns(rewards, goes_on, values, 0.0).flatten().tolist() == [3.0, 6.0]


def test_distributions_are_those_of_torch() -> None:
    torch.manual_seed(0)
    outputs = torch.randn(5, 4)
    ours = Gaussian.of(outputs)
    theirs: Any = torch.distributions.Normal(ours.mean, ours.deviation)
    drawn = ours.sample()
    torch.testing.assert_close(ours.log_prob(drawn), theirs.log_prob(drawn).sum(-1))
    torch.testing.assert_close(ours.entropy(), theirs.entropy().sum(-1))
    assert 0.1 <= float(ours.deviation.min()) <= float(ours.deviation.max()) <= 1.0

    choices = Choices.of(torch.tensor([[3.0, 0.0, 0.0, 0.0, 5.0]]).expand(4000, 5), (3, 2), 0.01)
    shares = choices.sample().mean(dim=0)
    torch.testing.assert_close(
        shares, torch.cat(choices.log_shares, -1)[0].exp(), atol=0.03, rtol=0.0
    )
    torch.testing.assert_close(shares[:3].sum(), torch.tensor(1.0))
    assert choices.mode()[0].tolist() == [1.0, 0.0, 0.0, 0.0, 1.0]
    torch.testing.assert_close(
        choices.log_prob(choices.mode())[0],
        choices.log_shares[0][0, 0] + choices.log_shares[1][0, 1],
    )


def test_v2s_balance_is_a_setting() -> None:
    assert DreamerSettings().model_settings().kl_balance is None
    assert DreamerSettings(kl_balance=0.8).model_settings().kl_balance == 0.8


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_it_learns_to_push_a_point_onto_its_target() -> None:
    made = learner(
        SeatMonitor(point_env()), "dreamer", seed=1, training={"timesteps": 1600},
        algorithm={
            "batch_size": 16, "sequence_length": 12, "learning_starts": 200, "rollout": 10,
            "train_ratio": 64.0, "learning_rate": 2e-3, "actor_learning_rate": 1e-3, "gamma": 0.95,
            "imagine_horizon": 8, "imagination_starts": 128,
        },
    )  # fmt: skip
    before = played(made.model)
    made.learn([], Logger(None, []), False)

    after = played(made.model)

    assert before < 0.4
    assert after > 0.8


def played(model: Dreamer, agents: int = 32) -> float:
    """Return the share of episodes that end on the target, with deterministic actions."""
    env = point_env(agents)
    env.seed(7)
    obs, memory, starts = env.reset(), None, np.ones(agents, np.bool_)
    for _ in range(20):
        actions, memory = model.predict(obs, memory, starts, deterministic=True)
        obs, _, starts, infos = env.step(actions)
    return float(np.mean([info["is_success"] for info in infos]))


def test_the_tiny_game_is_not_won_by_standing_still() -> None:
    env = PointEnv()
    env.reset(seed=3)
    wins = []
    for _ in range(40):
        env.reset()
        for _ in range(20):
            info = env.step([0.0])[4]
        wins.append(info["is_success"])
    assert np.mean(wins) < 0.4
