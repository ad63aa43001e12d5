"""Environments of the fake game, here or on a cluster's actors, closed when a test has ended."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.ray_vec_env import RayVecEnv
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.settings import EnvSettings

Make = Callable[..., Any]
"""`make("ray" or "local", max_restarts=0, **behaviour of the fake game)`."""


@contextlib.contextmanager
def environments(
    fake_game: Callable[..., str], port: int, cluster: ClusterSettings, engines: int, arenas: int
) -> Iterator[Make]:
    """Yield a maker of environments of one game each: both sides see the same files."""
    made: list[Any] = []
    games: dict[str, str] = {}

    def make(kind: str = "ray", *, max_restarts: int = 0, **behaviour: Any) -> Any:
        name = repr(sorted(behaviour.items()))
        if name not in games:
            games[name] = fake_game(**behaviour)
        settings = EnvSettings(
            env_path=games[name],
            port=port,
            num_envs=engines,
            arenas=arenas,
            max_restarts=max_restarts,
            seed=5,
        )
        here = kind == "local"
        one = GodotVecEnv.from_settings(settings) if here else RayVecEnv(settings, cluster)
        made.append(one)
        return one

    yield make
    for each in made:
        each.close()
