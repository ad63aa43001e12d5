"""PPO that collects the next rollout while it learns from the last one.

Plain PPO leaves the engines idle while it learns, and the learner idle while they play. Here the
update runs in a thread, on a copy of the policy, while the policy itself collects; the copy's
weights are taken over when both are done. So a rollout comes from the policy one update older than
in plain PPO. The ratio of probabilities stays right, since a rollout keeps those of the policy that
acted. Both sides draw from generators of their own (torch acts, NumPy shuffles), so a run is as
reproducible as plain PPO's.
"""

from __future__ import annotations

import copy
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import VecEnv


class OverlappedPPO(PPO):
    """PPO whose update overlaps with the next rollout; see the module.

    Between two rollouts, and whenever a callback looks, `policy` with its optimiser is a state that
    plain PPO could have: a checkpoint in mid-rollout merely lacks the update that is running.
    """

    _learner: ActorCriticPolicy | None = None
    _spare: RolloutBuffer | None = None
    _update: Future[PPO] | None = None
    _thread: ThreadPoolExecutor | None = None

    def learn(self, *args: Any, **kwargs: Any) -> OverlappedPPO:
        """See SB3's PPO; the last update is done when it returns."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ppo_update")
        try:
            super().learn(*args, **kwargs)
            self._finish_update()
        finally:
            self._thread.shutdown()
            self._thread = self._update = self._learner = self._spare = None
        return self

    def collect_rollouts(
        self,
        env: VecEnv,
        callback: BaseCallback,
        rollout_buffer: RolloutBuffer,
        n_rollout_steps: int,
    ) -> bool:
        """Collect a rollout, then wait for the update that ran meanwhile and take it over."""
        go_on = super().collect_rollouts(env, callback, rollout_buffer, n_rollout_steps)
        self._finish_update()
        return go_on

    def train(self) -> None:
        """Begin to learn from the rollout in the buffer."""
        if self._thread is None:
            super().train()
            return
        if self._learner is None or self._spare is None:
            self._learner = copy.deepcopy(self.policy)
            self._spare = copy.deepcopy(self.rollout_buffer)
        else:
            # A callback may have changed the policy (the bound on its deviation).
            self._learner.load_state_dict(self.policy.state_dict())
        shadow = copy.copy(self)
        shadow.policy = self._learner
        self.rollout_buffer, self._spare = self._spare, self.rollout_buffer
        shadow._thread = None
        self._update = self._thread.submit(_train, shadow)

    def _finish_update(self) -> None:
        """Wait for the running update, if there is one, and take its result over."""
        if self._update is None:
            return
        shadow, self._update = self._update.result(), None
        self.policy.load_state_dict(shadow.policy.state_dict())
        self.policy.optimizer.load_state_dict(copy.deepcopy(shadow.policy.optimizer.state_dict()))
        self._n_updates = shadow._n_updates

    def _excluded_save_params(self) -> list[str]:
        """Leave out what exists during a run only."""
        names = super()._excluded_save_params()
        return cast("list[str]", [*names, "_learner", "_spare", "_update", "_thread"])


def _train(shadow: PPO) -> PPO:
    shadow.train()
    return shadow
