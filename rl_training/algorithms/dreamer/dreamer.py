"""Dreamer as a Stable-Baselines3 algorithm: collects, replays sequences, learns in imagination.

Made by `learner.DreamerLearner`; loaded by `checkpoints`. Its callbacks, buffers of episodes and
files are those of any SB3 algorithm.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.utils import safe_mean
from typing_extensions import Self

from rl_training.algorithms.dreamer.policy import DreamerPolicy
from rl_training.algorithms.dreamer.step import DreamerStep
from rl_training.algorithms.dreamer.updates import ThreadUpdates, Updates
from rl_training.algorithms.world_model.rssm import State
from rl_training.algorithms.world_model.sequences import SequenceReplay
from rl_training.config.dreamer import DreamerSettings
from rl_training.envs.seats import innermost, vacant_seats
from rl_training.errors import HarnessError

LOG_EVERY = 2048
"""Timesteps between two lines of metrics."""
Array = NDArray[Any]
Flags = NDArray[np.bool_]


class Dreamer(BaseAlgorithm):
    """DreamerV3.

    Args:
        policy: `DreamerPolicy`, or the name of it.
        env: the agents; None: it only predicts.
        settings: of Dreamer, as a dictionary.
        learning_rate: of the world model, by the share of the run that remains.
        policy_kwargs: `made_by`, settings that make the networks, which a checkpoint keeps.
        seed: of everything random.
        device: the CPU.
        verbose: of Stable-Baselines3.
        _init_setup_model: make networks and replay now.
    """

    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {
        "MlpPolicy": DreamerPolicy,
        "CnnPolicy": DreamerPolicy,
        "MultiInputPolicy": DreamerPolicy,
    }
    policy: DreamerPolicy
    replay: SequenceReplay
    _acting: DreamerPolicy
    _state: State
    _last_rows: torch.Tensor

    def __init__(
        self,
        policy: str | type[BasePolicy],
        env: Any,
        settings: Mapping[str, Any] | None = None,
        learning_rate: Any = 1e-3,
        policy_kwargs: dict[str, Any] | None = None,
        seed: int | None = None,
        device: str = "cpu",
        verbose: int = 0,
        _init_setup_model: bool = True,
    ) -> None:
        super().__init__(
            policy,
            env,
            learning_rate,
            policy_kwargs=policy_kwargs,
            verbose=verbose,
            device=device,
            support_multi_env=True,
            seed=seed,
        )
        self.settings = dict(settings or DreamerSettings().to_dict())
        self._updates = Updates(self._update)
        self._figures: dict[str, list[float]] = {}
        self._logged_at = 0
        if _init_setup_model:
            self._setup_model()

    @classmethod
    def without_environment(
        cls,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        settings: DreamerSettings,
        seed: int = 0,
    ) -> Self:
        """Return an untrained one for spaces alone: it learns from a replay that it is given.

        Args:
            observation_space: a vector or picture, or several by key.
            action_space: of one agent.
            settings: of Dreamer.
            seed: of everything random.
        """
        names = ("MlpPolicy", "MultiInputPolicy")
        model = cls(
            names[isinstance(observation_space, spaces.Dict)],
            None,
            settings.to_dict(),
            settings.learning_rate,
            seed=seed,
            _init_setup_model=False,
        )
        model.observation_space, model.action_space = observation_space, action_space
        model.n_envs = 1
        model._setup_model()
        return model

    def _setup_model(self) -> None:
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        given = self._settings()
        self.policy = self._new_policy().to(self.device)
        self._step = DreamerStep(self.policy, given)
        self.world_optimizer = self._step.world_optimizer
        self.behaviour_optimizer = self._step.behaviour_optimizer
        agents = self.n_envs if self.env is not None else 1
        rows = given.buffer_size // agents if self.env is not None else 1
        self.replay = SequenceReplay(self.policy.layout, max(rows, 1), agents)
        self._memory(agents)

    def learn(
        self,
        total_timesteps: int,
        callback: Any = None,
        log_interval: int = 1,
        tb_log_name: str = "Dreamer",
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> Dreamer:
        """See `BaseAlgorithm.learn`."""
        given = self._settings()
        # Settings of learning may have changed since the file was written.
        self._step.settings = given
        total, callback = self._setup_learn(
            total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar
        )
        env = self.env
        assert env is not None, "set_env comes before learn"
        self._logged_at = self.num_timesteps
        kind = ThreadUpdates if given.learning == "parallel" else Updates
        self._updates = kind(self._update)
        self._memory(env.num_envs)
        everybody = np.arange(env.num_envs)
        self._begin_rows(self._last_obs, everybody)
        callback.on_training_start(locals(), globals())
        with self._updates.running():
            while self.num_timesteps < total:
                self._publish()
                if not self._collect(env, callback, given):
                    break
                self._update_current_progress_remaining(self.num_timesteps, total)
                self._updates.turn()
                self._log()
            # With the weights that were learned last.
        callback.on_training_end()
        self._log(at_once=True)
        return self

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Hold learning still for the time of the block, so that a file can be written."""
        with self._updates.paused():
            yield

    def predict(
        self,
        observation: Any,
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = False,
    ) -> tuple[Array, Any]:
        """See `BaseAlgorithm.predict`."""
        return self.policy.predict(observation, state, episode_start, deterministic)

    def learn_once(self) -> dict[str, float]:
        """Do one gradient step on what the replay holds, without collecting; return its figures."""
        self._update()
        figures, self._figures = self._figures, {}
        return {name: values[-1] for name, values in figures.items()}

    def sequences_of(self, length: int) -> None:
        """Learn from sequences of so many observations from now on."""
        self.settings = {**self.settings, "sequence_length": max(length, 2)}
        self._step.settings = self._settings()

    def _collect(self, env: Any, callback: Any, given: DreamerSettings) -> bool:
        callback.on_rollout_start()
        for _ in range(given.rollout):
            vacant = vacant_seats(innermost(env))
            here = np.arange(env.num_envs) if vacant is None else np.flatnonzero(~vacant)
            rows = self._decide(given)
            new_obs, rewards, dones, infos = env.step(self.policy.actions(rows))
            self.num_timesteps += env.num_envs
            self._remember(new_obs, rows.numpy(), rewards, dones, infos, here, vacant, env)
            self._last_obs = new_obs
            self._update_info_buffer(infos, dones)
            callback.update_locals(locals())
            if not callback.on_step():
                return False
            if self._may_learn(given):
                per_update = given.batch_size * given.sequence_length
                self._updates.owe(len(here) * given.train_ratio / per_update)
        callback.on_rollout_end()
        return True

    def _decide(self, given: DreamerSettings) -> torch.Tensor:
        """Return (n, size) actions; random ones until learning begins."""
        decision = self._acting.decide(
            self._last_obs, self._state, self._last_rows, deterministic=False
        )
        self._state, self._last_rows = decision.state, decision.rows
        if self._acts_at_random(given):
            acted = self.policy.layout.acted
            drawn = np.stack([self.action_space.sample() for _ in range(len(decision.rows))])
            self._last_rows = torch.from_numpy(acted.rows(drawn))
        return self._last_rows

    def _remember(
        self,
        new_obs: Any,
        actions: Array,
        rewards: Array,
        dones: Array,
        infos: list[dict[str, Any]],
        here: Array,
        vacant: Flags | None,
        env: Any,
    ) -> None:
        ended = np.flatnonzero(dones)
        last = self._rows(new_obs)
        for row in ended:
            if "terminal_observation" in infos[row]:
                told = infos[row]["terminal_observation"]
                one = (
                    {k: np.asarray(v)[None] for k, v in told.items()}
                    if isinstance(told, dict)
                    else np.asarray(told)[None]
                )
                for key, values in self._rows(one).items():
                    # The environment's own array stays as it is.
                    last[key] = last[key].copy()
                    last[key][row] = values[0]
        goes_on = np.ones(len(dones), np.float32)
        for row in ended:
            goes_on[row] = float(bool(infos[row].get("TimeLimit.truncated", False)))
        self.replay.add(
            {key: values[here] for key, values in last.items()},
            actions[here], rewards[here], goes_on[here], np.zeros(len(here)), here,
        )  # fmt: skip
        after = vacant_seats(innermost(env))
        begins = np.asarray(dones, dtype=np.bool_).copy()
        if vacant is not None:
            begins |= vacant
        if after is not None:
            begins &= ~after
        starts = np.flatnonzero(begins)
        if len(starts):
            self._begin_rows(new_obs, starts)

    def _begin_rows(self, obs: Any, agents: Array) -> None:
        """Note the first observation of some agents' episodes; they remember nothing."""
        rows, count = self._rows(obs), len(agents)
        size = self.policy.layout.acted.size
        self.replay.add(
            {key: values[agents] for key, values in rows.items()},
            np.zeros((count, size)), np.zeros(count), np.ones(count), np.ones(count), agents,
        )  # fmt: skip
        keep = torch.ones(len(self._last_rows), 1)
        keep[agents] = 0.0
        self._state = State(self._state.belief * keep, self._state.latent * keep)
        self._last_rows = self._last_rows * keep

    def _rows(self, obs: Any) -> dict[str, Array]:
        return {
            one.key: one.rows(obs[one.key] if isinstance(obs, dict) else obs)
            for one in self.policy.layout.seen
        }

    def _memory(self, agents: int) -> None:
        self._state = self.policy.world.rssm.initial(agents)
        self._last_rows = torch.zeros(agents, self.policy.layout.acted.size)
        self._acting = self.policy

    def _publish(self) -> None:
        """In a thread's company, act with a copy of the weights, so that none is half changed."""
        if not isinstance(self._updates, ThreadUpdates):
            return
        fresh = self._step.published
        if self._acting is self.policy:
            self._acting = self._new_policy()
            fresh = self._step.copied()
        if fresh is not None:
            self._step.published = None
            self._acting.load_state_dict(fresh)

    def _update(self) -> None:
        figures = self._step.update(self.replay, self.lr_schedule(self._current_progress_remaining))
        if not all(np.isfinite(value) for value in figures.values()):
            raise HarnessError(
                "training diverged: Dreamer's losses are NaN; lower algorithm.learning_rate and "
                "start from an earlier checkpoint"
            )
        self._n_updates += 1
        if isinstance(self._updates, ThreadUpdates):
            self._step.published = self._step.copied()
        for name, value in figures.items():
            self._figures.setdefault(name, []).append(value)

    def _acts_at_random(self, given: DreamerSettings) -> bool:
        return self._n_updates == 0 and self.num_timesteps < given.learning_starts

    def _may_learn(self, given: DreamerSettings) -> bool:
        enough = self.num_timesteps >= given.learning_starts or self._n_updates > 0
        return enough and self.replay.can_sample(given.sequence_length)

    def _log(self, at_once: bool = False) -> None:
        since = self.num_timesteps - self._logged_at
        if since == 0 or (since < LOG_EVERY and not at_once):
            return
        self._logged_at = self.num_timesteps
        if self.ep_info_buffer:
            for tag, key in (("ep_rew_mean", "r"), ("ep_len_mean", "l")):
                mean = safe_mean([episode[key] for episode in self.ep_info_buffer])
                self.logger.record(f"rollout/{tag}", mean)
        if self.ep_success_buffer:
            self.logger.record("rollout/success_rate", safe_mean(self.ep_success_buffer))
        passed = max((time.time_ns() - self.start_time) / 1e9, 1e-9)
        done = self.num_timesteps - self._num_timesteps_at_start
        self.logger.record("time/fps", int(done / passed))
        figures, self._figures = self._figures, {}
        for name, values in figures.items():
            self.logger.record(f"train/{name}", float(np.mean(values)))
        self.logger.record("train/n_updates", self._n_updates)
        given = self._settings()
        replayed = self._n_updates * given.batch_size * given.sequence_length
        self.logger.record("train/ratio", replayed / max(self.num_timesteps, 1))
        self.logger.record(
            "train/learning_rate", self.lr_schedule(self._current_progress_remaining)
        )
        self.logger.dump(self.num_timesteps)

    def _settings(self) -> DreamerSettings:
        # What made the networks is the file's, whatever a resumed run asks for.
        return DreamerSettings.from_dict({**self.settings, **self.policy_kwargs.get("made_by", {})})

    def _new_policy(self) -> DreamerPolicy:
        settings = self._settings().to_dict()
        return DreamerPolicy(self.observation_space, self.action_space, self.lr_schedule, settings)

    def _excluded_save_params(self) -> list[str]:
        own = ["replay", "_updates", "_step", "_acting", "_state", "_last_rows", "_figures"]
        return [*super()._excluded_save_params(), *own]

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        return ["policy", "world_optimizer", "behaviour_optimizer"], []
