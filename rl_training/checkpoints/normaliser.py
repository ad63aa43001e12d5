"""The statistics that VecNormalize gathered, as a value: saved, loaded, applied, exported.

Stable-Baselines3 keeps them inside a wrapper of an environment; evaluation and export need them
without one.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.vec_env import VecNormalize

from rl_training.checkpoints.numpy_names import either_numpy
from rl_training.errors import ModelError

Array = npt.NDArray[Any]
Observation = Array | dict[str, Array]

SINGLE = ""
"""Key under which the statistics of an observation that is no dictionary are kept."""


@dataclass(frozen=True)
class RunningStats:
    """Mean and variance of a stream of arrays of one shape, float64."""

    mean: Array
    var: Array
    count: float


@dataclass(frozen=True)
class Normaliser:
    """What VecNormalize knows: (x - mean) / sqrt(var + epsilon), clipped to +- clip_obs.

    Attributes:
        obs: statistics by observation key; `SINGLE` when the observation is a plain array.
        returns: statistics of the discounted return, which scale the rewards.
        norm_obs: observations are normalised.
        norm_reward: rewards are normalised (in training only).
        clip_obs: bound of normalised observations.
        clip_reward: bound of normalised rewards.
        epsilon: keeps the division finite.
        gamma: discount factor of the return.
    """

    obs: dict[str, RunningStats]
    returns: RunningStats
    norm_obs: bool
    norm_reward: bool
    clip_obs: float
    clip_reward: float
    epsilon: float
    gamma: float

    @classmethod
    def of(cls, wrapper: VecNormalize) -> Normaliser:
        """Copy the statistics out of a wrapper."""
        stats: dict[str, RunningStats] = {}
        if wrapper.norm_obs:
            rms: Any = wrapper.obs_rms
            by_key = rms if isinstance(rms, dict) else {SINGLE: rms}
            stats = {key: _copy(value) for key, value in by_key.items()}
        return cls(
            obs=stats,
            returns=_copy(wrapper.ret_rms),
            norm_obs=wrapper.norm_obs,
            norm_reward=wrapper.norm_reward,
            clip_obs=float(wrapper.clip_obs),
            clip_reward=float(wrapper.clip_reward),
            epsilon=float(wrapper.epsilon),
            gamma=float(wrapper.gamma),
        )

    @classmethod
    def from_pickle(cls, path: Path) -> Normaliser:
        """Read what `VecNormalize.save` wrote. It is a pickle: load only files that you trust.

        Raises:
            ModelError: the file is missing or holds something else.
        """
        try:
            with open(path, "rb") as file, either_numpy():
                wrapper = pickle.load(file)
        except FileNotFoundError:
            raise ModelError(f"no normaliser at {path}") from None
        except Exception as error:
            # A file of another kind can fail in any way.
            raise ModelError(f"cannot read {path}: {type(error).__name__}: {error}") from error
        if not isinstance(wrapper, VecNormalize):
            raise ModelError(
                f"{path} holds a {type(wrapper).__name__}, not what VecNormalize.save writes"
            )
        return cls.of(wrapper)

    def apply_to(self, wrapper: VecNormalize) -> None:
        """Put the statistics into a wrapper, so that training goes on where it stopped.

        Raises:
            ModelError: the wrapper observes other keys or shapes.
        """
        wrapper.norm_obs, wrapper.norm_reward = self.norm_obs, self.norm_reward
        wrapper.clip_obs, wrapper.clip_reward = self.clip_obs, self.clip_reward
        wrapper.epsilon, wrapper.gamma = self.epsilon, self.gamma
        _fill(wrapper.ret_rms, self.returns)
        if not self.norm_obs:
            return
        rms: Any = wrapper.obs_rms
        by_key = rms if isinstance(rms, dict) else {SINGLE: rms}
        ours = {key: stats.mean.shape for key, stats in self.obs.items()}
        theirs = {key: value.mean.shape for key, value in by_key.items()}
        if ours != theirs:
            raise ModelError(
                f"the checkpoint normalises observations {ours}, the environment gives {theirs}"
            )
        for key, stats in self.obs.items():
            _fill(by_key[key], stats)

    def normalise(self, obs: Observation) -> Observation:
        """Return the observations as the policy was trained on them.

        Args:
            obs: (n_agents, size) float32, or a dictionary of such; raw, as the scene gives them.

        Returns:
            The same shape, float32 in [-clip_obs, clip_obs]; keys without statistics unchanged.
        """
        if isinstance(obs, dict):
            return {
                key: self._one(value, self.obs[key]) if key in self.obs else value
                for key, value in obs.items()
            }
        return self._one(obs, self.obs[SINGLE]) if SINGLE in self.obs else obs

    def _one(self, obs: Array, stats: RunningStats) -> Array:
        scaled = (obs - stats.mean) / np.sqrt(stats.var + self.epsilon)
        return np.clip(scaled, -self.clip_obs, self.clip_obs).astype(np.float32)

    def to_bytes(self) -> bytes:
        """Serialise as an .npz file without pickles."""
        arrays: dict[str, Any] = {
            "flags": np.array([self.norm_obs, self.norm_reward]),
            "scalars": np.array([self.clip_obs, self.clip_reward, self.epsilon, self.gamma]),
        }
        for key, stats in [*((f"obs/{key}", s) for key, s in self.obs.items())]:
            arrays[f"{key}/mean"], arrays[f"{key}/var"] = stats.mean, stats.var
            arrays[f"{key}/count"] = np.array(stats.count)
        arrays["returns/mean"], arrays["returns/var"] = self.returns.mean, self.returns.var
        arrays["returns/count"] = np.array(self.returns.count)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Normaliser:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError, KeyError, OSError: the bytes are something else.
        """
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:

            def stats(prefix: str) -> RunningStats:
                return RunningStats(
                    arrays[f"{prefix}/mean"],
                    arrays[f"{prefix}/var"],
                    float(arrays[f"{prefix}/count"]),
                )

            keys = [n[4:-5] for n in arrays.files if n.startswith("obs/") and n.endswith("/mean")]
            clip_obs, clip_reward, epsilon, gamma = (float(v) for v in arrays["scalars"])
            norm_obs, norm_reward = (bool(v) for v in arrays["flags"])
            return cls(
                obs={key: stats(f"obs/{key}") for key in keys},
                returns=stats("returns"),
                norm_obs=norm_obs,
                norm_reward=norm_reward,
                clip_obs=clip_obs,
                clip_reward=clip_reward,
                epsilon=epsilon,
                gamma=gamma,
            )


def _copy(rms: Any) -> RunningStats:
    return RunningStats(np.array(rms.mean), np.array(rms.var), float(rms.count))


def _fill(rms: Any, stats: RunningStats) -> None:
    rms.mean, rms.var, rms.count = stats.mean.copy(), stats.var.copy(), stats.count
