"""What a run learns of its scene for the model that ships: its declarations, and observations.

Called by the pipeline. Both go into every checkpoint, so that an export made later can still be
certified with the scene's own observations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv, unwrap_vec_normalize

from rl_training.checkpoints.normaliser import SINGLE, Observation
from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.protocol import AgentLayout, EnvInfo
from rl_training.training.party.lockstep import GroupsView


def observation_names(env: VecEnv) -> dict[str, list[str]]:
    """Return the names of the observation's elements by key; empty when the scene gives none."""
    _, layout = _declared(env)
    if layout is None:
        told: dict[str, list[str]] = getattr(env.unwrapped, "observation_names", {})
        return told
    fields = layout.observations.fields
    return {field.key: list(field.names) for field in fields if field.names}


def scene_facts(env: VecEnv) -> dict[str, Any]:
    """Return what `CheckpointMeta.scene` holds; empty when the environment does not tell.

    NumPy worlds tell it themselves (`scene_facts`), as their Godot twin would.
    """
    info, layout = _declared(env)
    if info is None or layout is None:
        told: dict[str, Any] = getattr(env.unwrapped, "scene_facts", {})
        return told
    facts: dict[str, Any] = {
        "actions": [
            {"key": field.key, "action_type": field.kind, "size": field.size}
            for field in layout.actions.fields
        ]
    }
    if info.harness is not None:
        facts["scene"] = info.harness.scene
        facts["observation_stack"] = layout.observations.stack
        facts["action_repeat"] = info.harness.action_repeat
        facts["physics_ticks_per_second"] = info.harness.physics_ticks_per_second
    if isinstance(env.unwrapped, GroupsView):
        facts["policy"] = env.unwrapped.groups[0].name
    return facts


def _declared(env: VecEnv) -> tuple[EnvInfo | None, AgentLayout | None]:
    """Return what the engines are and what the agents declare; None where there is no engine."""
    found = env.unwrapped
    if isinstance(found, GroupsView) and isinstance(found.base, EngineVecEnv):
        return found.base.env_info, found.base.group(found.groups[0].name).layout
    if isinstance(found, EngineVecEnv):
        return found.env_info, found.env_info.layout
    return None, None


class ObservationSamples(BaseCallback):
    """Keeps a few raw observations of the scene: early ones until full, then ever newer ones.

    Args:
        rows: how many are kept, >= 1.
        every: decisions between two that are taken once all rows are filled, >= 1.
    """

    def __init__(self, rows: int = 16, every: int = 50) -> None:
        super().__init__()
        self._rows = rows
        self._every = every
        self._taken: list[dict[str, npt.NDArray[Any]]] = []
        self._count = 0

    def _on_step(self) -> bool:
        if len(self._taken) < self._rows or self.n_calls % self._every == 0:
            normalised = unwrap_vec_normalize(self.training_env)
            now = self.locals["new_obs"] if normalised is None else normalised.get_original_obs()
            by_key = now if isinstance(now, dict) else {SINGLE: now}
            # Another agent each time: arenas play different episodes.
            agent = self._count % self.training_env.num_envs
            row = {key: np.array(array[agent]) for key, array in by_key.items()}
            if len(self._taken) < self._rows:
                self._taken.append(row)
            else:
                self._taken[self._count % self._rows] = row
            self._count += 1
        return True

    def recorded(self) -> Observation | None:
        """Return the observations (n, ...) or a dictionary of such; None when there are none."""
        if not self._taken:
            return None
        by_key = {key: np.stack([row[key] for row in self._taken]) for key in self._taken[0]}
        return by_key[SINGLE] if list(by_key) == [SINGLE] else by_key

    def restore(self, recorded: Observation | None) -> None:
        """Go on from the observations of an earlier part of the run."""
        if recorded is None:
            return
        by_key = recorded if isinstance(recorded, dict) else {SINGLE: recorded}
        count = len(next(iter(by_key.values())))
        self._taken = [{key: array[i] for key, array in by_key.items()} for i in range(count)]
        self._count = count
