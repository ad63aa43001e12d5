"""Lets worlds without an engine be watched: tells the dashboard's live view where things are.

The pipeline adds it where the environment has `live_nodes` and `live_places`, which NumPy worlds
have. Engines tell by themselves. Nobody watches: a decision costs a look at the clock.
"""

from __future__ import annotations

from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from rl_training.runs.live_view import LiveWriter
from rl_training.runs.paths import RunPaths


class LiveViewCallback(BaseCallback):
    """Looks after each decision whether somebody watches.

    Args:
        paths: of the run.
        env: NumPy worlds: `num_envs`, `live_nodes(world)`, `live_places(world)`.
    """

    def __init__(self, paths: RunPaths, env: Any) -> None:
        super().__init__()
        self._writer = LiveWriter(paths, env.num_envs, env.live_nodes, env.live_places)

    def _on_step(self) -> bool:
        self._writer.look()
        return True


def live_view(paths: RunPaths, env: Any) -> list[BaseCallback]:
    """Return the callback for worlds that can be watched; none for engines."""
    return [LiveViewCallback(paths, env)] if hasattr(env, "live_nodes") else []
