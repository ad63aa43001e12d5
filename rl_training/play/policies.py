"""Models as what an evaluation needs: raw observations in, actions out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.utils import check_for_correct_spaces
from stable_baselines3.common.vec_env import VecEnv

from rl_training.checkpoints.checkpoint import Checkpoint, load_checkpoint
from rl_training.envs.discrete_actions import DiscreteActions
from rl_training.envs.flat_observations import FlatObservations, flat
from rl_training.envs.groups import AgentGroup
from rl_training.errors import ModelError, UsageError
from rl_training.play.agents import groups_of
from rl_training.play.players import RANDOM, Players
from rl_training.policy_export.layout import flatten, observation_parts
from rl_training.policy_export.model_outputs import ModelOutputs
from rl_training.policy_export.verify import open_session, run_policy

Array = npt.NDArray[Any]
Observation = Array | dict[str, Array]


class Policy(Protocol):
    """Chooses actions."""

    def begin(self, starts: Array) -> None:
        """Tell which agents' next decision is the first of an episode: (n,) bool.

        Called before every decision; a policy that remembers forgets their last episode.
        """
        ...

    def act(self, obs: Observation) -> Array:
        """Return (n, actions) for raw observations of n agents."""
        ...


class CheckpointPolicy:
    """A checkpoint's policy, with its normaliser.

    Args:
        checkpoint: the model and its normaliser.
        env: whose agents it plays.
        path: of the checkpoint, for messages.
        sampled: draw actions from the policy's distribution, by torch's generator.
    """

    def __init__(
        self, checkpoint: Checkpoint, env: VecEnv, path: Path, *, sampled: bool = False
    ) -> None:
        # Small networks are fastest on one thread, and slow on two when engines need the cores.
        torch.set_num_threads(1)
        self._model = checkpoint.model
        self._sampled = sampled
        self._normaliser = checkpoint.normaliser
        self._masks = _masks_of(env) if isinstance(self._model, MaskablePPO) else None
        self._state: Any = None
        self._starts: Array | None = None
        actions = self._model.action_space
        # DQN knows one choice only as Discrete, CrossQ observations only as one vector.
        self._one_choice = isinstance(actions, spaces.Discrete) and isinstance(
            env.action_space, spaces.MultiDiscrete
        )
        self._flat = isinstance(env.observation_space, spaces.Dict) and isinstance(
            self._model.observation_space, spaces.Box
        )
        if self._flat:
            env = FlatObservations(env)
        if self._one_choice:
            env = DiscreteActions(env)
        try:
            # Bounds may differ between machines' roundings; shapes and kinds may not.
            check_for_correct_spaces(env, self._model.observation_space, actions)
        except ValueError as error:
            raise ModelError(f"{path} does not fit the scene: {error}") from error

    def begin(self, starts: Array) -> None:
        """See `Policy`."""
        self._starts = starts

    def act(self, obs: Observation) -> Array:
        """Return (n, actions) for raw observations of n agents."""
        if self._flat:
            obs = flat(obs)
        if self._normaliser is not None:
            obs = self._normaliser.normalise(obs)
        extra: dict[str, Any] = {} if self._masks is None else {"action_masks": self._masks()}
        actions, self._state = self._model.predict(
            obs,
            state=self._state,
            episode_start=self._starts,
            deterministic=not self._sampled,
            **extra,
        )
        return actions.reshape(-1, 1) if self._one_choice else actions


class OnnxPolicy:
    """An exported model in onnxruntime."""

    def __init__(self, path: Path, env: VecEnv) -> None:
        self._session = open_session(path)
        self._parts = observation_parts(env.observation_space)
        self._state: Array | None = None
        size = sum(part.size for part in self._parts)
        try:
            found = run_policy(self._session, np.zeros((1, size), np.float32))["output"].shape[1]
        except Exception as error:
            # onnxruntime's exceptions share no base class.
            raise ModelError(f"{path} does not take {size} floats: {error}") from error
        try:
            self._outputs = ModelOutputs(env.action_space, found)
        except ModelError as error:
            raise ModelError(f"{path} does not fit the scene: {error}") from error
        self._masks = _masks_of(env) if self._outputs.has_choices else None

    def begin(self, starts: Array) -> None:
        """See `Policy`."""
        if self._state is not None and self._state.ndim > 1:
            self._state[starts] = 0.0

    def act(self, obs: Observation) -> Array:
        """Return (n, actions) for raw observations of n agents."""
        results = run_policy(self._session, flatten(obs, self._parts), self._state)
        output, self._state = results["output"], results.get("state_outs")
        allowed = None if self._masks is None else self._masks()
        return self._outputs.actions(output, allowed)


class RandomPolicy:
    """Random actions, uniform over the action space and the choices that are allowed.

    All agents' are drawn at once where the space is bounded values or choices of which none is
    forbidden: a draw for each agent costs more than the rest of a decision.

    Args:
        env: whose agents it plays.
        seed: of the actions.
    """

    def __init__(self, env: VecEnv, seed: int = 0) -> None:
        self._space: Any = copy.deepcopy(env.action_space)
        self._space.seed(seed)
        self._random = np.random.default_rng(seed)
        self._masks = _masks_of(env)

    def begin(self, starts: Array) -> None:
        """See `Policy`; it remembers nothing."""

    def act(self, obs: Observation) -> Array:
        """Return (n, actions) for raw observations of n agents."""
        count = len(next(iter(obs.values())) if isinstance(obs, dict) else obs)
        return self.drawn(count, self.masks())

    def masks(self) -> Array | None:
        """Ask all agents which choices are allowed, (n, choices) bool; None: all are."""
        if self._masks is None or not isinstance(self._space, spaces.MultiDiscrete):
            return None
        return self._masks()

    def drawn(self, count: int, masks: Array | None = None) -> Array:
        """Return the (count, actions) of as many agents.

        Args:
            count: how many.
            masks: (count, choices) bool, which choices each may take; None: all.
        """
        if masks is not None:
            ends = np.cumsum(self._space.nvec)[:-1]
            rows = [np.split(row, ends) for row in masks.astype(np.int8)]
            return np.stack([self._space.sample(mask=tuple(row)) for row in rows])
        space, random = self._space, self._random
        found: Array
        if type(space) is spaces.Box and space.dtype.kind == "f" and space.is_bounded("both"):
            drawn = random.random((count, *space.shape), np.float32)
            found = space.low + drawn * (space.high - space.low)
        elif isinstance(space, spaces.Discrete):
            found = random.integers(0, space.n, count) + int(space.start)
        elif isinstance(space, spaces.MultiDiscrete):
            found = random.integers(0, space.nvec, (count, len(space.nvec)))
        else:
            found = np.stack([space.sample() for _ in range(count)])
        return found


def _masks_of(env: VecEnv) -> Callable[[], Array] | None:
    """Return what asks the agents for their masks, (n, choices) bool; None when they have none."""
    if not is_masking_supported(env):
        return None
    return lambda: np.asarray(get_action_masks(env), dtype=np.bool_)


def load_policy(path: Path, env: VecEnv, *, sampled: bool = False) -> Policy:
    """Load a .zip checkpoint or an .onnx file for an environment, or make random play (`RANDOM`).

    Args:
        path: the file.
        env: whose agents it plays.
        sampled: draw actions from the policy's distribution, by torch's generator; else the most
            probable one.

    Raises:
        UsageError: an .onnx file is to be sampled.
        ModelError: the file is missing, of another kind, or does not fit the environment.
    """
    if path == RANDOM:
        return RandomPolicy(env)
    if path.suffix == ".onnx":
        if sampled:
            raise UsageError(
                f"through Python only a .zip can be sampled; found {path}: give the .zip, or let "
                "the engine draw with --in_engine"
            )
        return OnnxPolicy(path, env)
    if path.suffix == ".zip":
        return CheckpointPolicy(load_checkpoint(path), env, path, sampled=sampled)
    raise ModelError(f"{path} must end in .zip or .onnx")


def load_players(
    players: Players, env: Any, *, sampled: bool = False
) -> Policy | dict[str, Policy | None]:
    """Load what plays an environment.

    Args:
        players: one model for all, or a model for each group.
        env: a VecEnv; with several models, or groups of different spaces, one with groups
            (`envs.groups.GroupEnv`) and views of them (`group(name)`).
        sampled: see `load_policy`.

    Returns:
        One policy for all rows; or one for each group, None for the game's own control.

    Raises:
        ModelError: a file is missing, of another kind, or does not fit its agents.
        UsageError: a group has no model, the scene has no such group, or an .onnx file is to be
            sampled.
    """
    groups = groups_of(env)
    if players.single is not None and not _spaces_differ(groups):
        return load_policy(players.single, env, sampled=sampled)
    if not groups:
        raise UsageError("this environment tells no groups of agents: give one --model PATH")
    players.require_known(groups)
    found: dict[str, Policy | None] = {}
    for name in groups:
        model = players.model_of(name)
        try:
            found[name] = None
            if model is not None:
                found[name] = load_policy(model, env.group(name), sampled=sampled)
        except ModelError as error:
            raise ModelError(f"the group {name!r}: {error}") from error
    return found


def _spaces_differ(groups: Mapping[str, AgentGroup]) -> bool:
    spaces = [(group.observation_space, group.action_space) for group in groups.values()]
    return any(each != spaces[0] for each in spaces)
