"""Some agents of a larger environment as a `VecEnv` of their own: whose controllers calls reach.

The base of the view of one group (`group_view`) and of what one learner sees of several groups
(`training.party.lockstep`). How they step and reset is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvIndices

from rl_training.errors import UsageError


class AgentRows(VecEnv):
    """Agents of `base`; methods with `indices` count these agents alone.

    Attributes:
        base: the environment of all agents, a VecEnv.
        rows: these agents among all of them.
        title: who they are, for messages: "the group 'runner'".
    """

    base: Any
    rows: Sequence[int]
    title: str

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: VecEnvIndices = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        """Call a method of the agents' controllers; arguments and results are JSON values."""
        rows = self._rows(indices)
        return list(self.base.env_method(method_name, *method_args, indices=rows, **method_kwargs))

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Read a property of the agents' controllers."""
        return list(self.base.get_attr(attr_name, indices=self._rows(indices)))

    def has_attr(self, attr_name: str) -> bool:
        """Return whether the agents' controllers have a property that is not null."""
        try:
            self.get_attr(attr_name)
        except AttributeError:
            return False
        return True

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Write a property of the agents' controllers."""
        self.base.set_attr(attr_name, value, indices=self._rows(indices))

    def env_is_wrapped(self, wrapper_class: type, indices: VecEnvIndices = None) -> list[bool]:
        """Return False for every agent: nothing in an engine is a Gymnasium wrapper."""
        return [False for _ in self._rows(indices)]

    def _rows(self, indices: VecEnvIndices) -> list[int]:
        """Return rows among all agents of the environment."""
        chosen = list(self._get_indices(indices))
        for row in chosen:
            if not 0 <= row < self.num_envs:
                raise UsageError(
                    f"there is no agent {row} in {self.title}, only 0 to {self.num_envs - 1}"
                )
        return [self.rows[row] for row in chosen]
