"""A running engine over its HTTP API: client, launcher, and a `VecEnv` on top (docs/http_api.md).

Names are loaded on first use, so that the client alone needs neither torch nor Stable-Baselines3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.lazy_names import lazy_names

if TYPE_CHECKING:
    from rl_training.envs.http_api.client import EngineApi
    from rl_training.envs.http_api.launched import LaunchedEngine, api_words, launch_engine
    from rl_training.envs.http_api.vec_env import HttpVecEnv

__all__ = ["EngineApi", "HttpVecEnv", "LaunchedEngine", "api_words", "launch_engine"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "EngineApi": "rl_training.envs.http_api.client",
        "HttpVecEnv": "rl_training.envs.http_api.vec_env",
        "LaunchedEngine": "rl_training.envs.http_api.launched",
        "api_words": "rl_training.envs.http_api.launched",
        "launch_engine": "rl_training.envs.http_api.launched",
    },
)
