"""Observations of the real scene, as a policy meets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs.factory import make_simulation
from rl_training.envs.settings import EnvSettings
from rl_training.errors import UsageError
from rl_training.evaluation.evaluate import max_decisions, play_settings
from rl_training.evaluation.request import EvaluationRequest
from rl_training.play.policies import Observation, Policy, load_policy
from rl_training.play.through_python import play
from rl_training.policy_export.layout import (
    ObservationPart,
    action_layout,
    flatten,
    observation_parts,
)
from rl_training.scenarios import get_scenario


@dataclass(frozen=True)
class ObservationRecording:
    """What was seen.

    Attributes:
        observations: (n, size) float32, raw, flat as exported models take them.
        actions: what the scene's actions are, as `layout.action_layout` says it.
    """

    observations: npt.NDArray[np.float32]
    actions: dict[str, Any]


def record_observations(
    request: EvaluationRequest,
    count: int,
    make_env: Callable[[EnvSettings, Any], VecEnv] = make_simulation,
) -> ObservationRecording:
    """Play the request's episodes through Python and keep some of the observations in them.

    They are drawn evenly from all agents and times, by the request's seed.

    Args:
        request: model, scene and episodes.
        count: how many at most, at least 1; fewer when the episodes are shorter.
        make_env: makes the environment from its settings.

    Raises:
        HarnessError: the model, the scenario or the engine cannot be used.
    """
    scenario = get_scenario(request.scenario)
    model = request.players.single
    if model is None:
        raise UsageError("observations are recorded of one model that plays all agents")
    settings = play_settings(request, scenario)
    env = make_env(settings, "async")
    try:
        recorder = _Recorder(load_policy(model, env), observation_parts(env.observation_space))
        limit = max_decisions(scenario, settings)
        play(
            env,
            recorder,
            request.episodes,
            request.seed,
            limit,
            parameters=request.parameters,
        )
        actions = action_layout(env.action_space)
    finally:
        env.close()
    everything = np.concatenate(recorder.seen)
    chosen = np.random.default_rng(request.seed).permutation(len(everything))[:count]
    return ObservationRecording(everything[np.sort(chosen)], actions)


class _Recorder:
    """A policy that remembers what it was shown.

    Attributes:
        seen: (agents, size) float32 for each decision.
    """

    def __init__(self, policy: Policy, parts: tuple[ObservationPart, ...]) -> None:
        self.seen: list[npt.NDArray[np.float32]] = []
        self._policy = policy
        self._parts = parts

    def begin(self, starts: npt.NDArray[Any]) -> None:
        """See `Policy`."""
        self._policy.begin(starts)

    def act(self, obs: Observation) -> npt.NDArray[Any]:
        """See `Policy`."""
        self.seen.append(flatten(obs, self._parts))
        return self._policy.act(obs)
