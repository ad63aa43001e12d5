"""Returns and lengths of episodes, of seats that may be empty for a while."""

from __future__ import annotations

from stable_baselines3.common.vec_env import VecMonitor
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from rl_training.training.party.lockstep import GroupsView


class SeatMonitor(VecMonitor):
    """SB3's monitor, which counts nothing where nobody sits.

    An agent that has ended and waits for the others of its arena, or has left, plays no episode:
    what the seat's next agent plays begins with 0.

    Args:
        view: the agents.
    """

    def __init__(self, view: GroupsView) -> None:
        super().__init__(view)
        self._view = view

    def step_wait(self) -> VecEnvStepReturn:
        """See `VecMonitor`."""
        result = super().step_wait()
        fresh = self._view.empty_or_new
        if fresh is not None:
            self.episode_returns[fresh] = 0.0
            self.episode_lengths[fresh] = 0
        return result
