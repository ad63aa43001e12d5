"""A small policy that learns to act as a teacher does, by regression on states and answers.

Made and fed by `learner.py`; it plays nothing itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from stable_baselines3 import PPO

from rl_training.checkpoints.normaliser import Normaliser
from rl_training.policy_export.layout import observation_parts, unflatten

Floats = npt.NDArray[np.float32]


class Student:
    """Trains the networks of a PPO model on a growing set of examples.

    Args:
        model: the untrained PPO model; its policy is changed in place.
        normaliser: applied to observations before they reach the policy; None: none.
        log_std: the teacher's deviations, taken over and used to weigh actions; None: unknown.
        capacity: examples that are kept; beyond, the oldest are overwritten.
        learning_rate: Adam's step size at the start.
        batch_size: examples per gradient step.
        seed: of the draws of examples.
    """

    def __init__(
        self,
        model: PPO,
        normaliser: Normaliser | None,
        log_std: Floats | None,
        capacity: int,
        learning_rate: float,
        batch_size: int,
        seed: int,
    ) -> None:
        self.model = model
        self.normaliser = normaliser
        self._policy = model.policy
        self._parts = observation_parts(model.observation_space)
        self._space = model.action_space
        self._learning_rate = learning_rate
        self._batch_size = batch_size
        self._random = np.random.default_rng(seed)
        self._optimiser = torch.optim.Adam(self._policy.parameters(), lr=learning_rate)
        self._weights = torch.ones(1)
        if log_std is not None and isinstance(self._space, spaces.Box):
            # The divergence of two Gaussians with the same deviations is the squared distance of
            # their means in units of these.
            precision = np.exp(-2.0 * log_std)
            self._weights = torch.from_numpy((precision / precision.mean()).astype(np.float32))
            self._policy.log_std.data.copy_(torch.from_numpy(log_std))
        size = sum(part.size for part in self._parts)
        self._observations = np.zeros((capacity, size), np.float32)
        self._targets: Floats | None = None
        self._values: Floats | None = None
        self._added = 0

    @property
    def examples(self) -> int:
        """How many examples are kept now."""
        return min(self._added, len(self._observations))

    def outputs(self, observations: Floats) -> Floats:
        """Return (n, outputs): clipped actions, or logits branch after branch.

        Args:
            observations: (n, size) float32, raw.
        """
        with torch.no_grad():
            found: Floats = self._act(self._features(self._normalised(observations))).numpy()
        if isinstance(self._space, spaces.Box):
            found = np.clip(found, self._space.low, self._space.high)
        return found

    def add(self, observations: Floats, targets: Floats, values: Floats | None) -> None:
        """Keep examples.

        Args:
            observations: (n, size) float32, raw.
            targets: (n, outputs) float32, the teacher's.
            values: (n,) float32, what the teacher's critic expects; None: not known, in any call.
        """
        capacity = len(self._observations)
        if self._targets is None:
            self._targets = np.zeros((capacity, targets.shape[1]), np.float32)
            self._values = None if values is None else np.zeros(capacity, np.float32)
        places = (self._added + np.arange(len(observations))) % capacity
        self._observations[places] = self._normalised(observations)
        self._targets[places] = targets
        if self._values is not None and values is not None:
            self._values[places] = values
        self._added += len(observations)

    def learn(self, updates: int, progress: float) -> float:
        """Take gradient steps on examples drawn at random.

        Args:
            updates: how many steps, at least 1.
            progress: share of the whole training that is done; the step size falls with it, to a
                twentieth.

        Returns:
            The mean loss of the actions.
        """
        assert self._targets is not None, "add comes first"
        for group in self._optimiser.param_groups:
            group["lr"] = self._learning_rate * (1.0 - 0.95 * min(1.0, progress))
        total = 0.0
        for _ in range(updates):
            rows = self._random.integers(0, self.examples, self._batch_size)
            features = self._features(self._observations[rows])
            loss = self._loss(self._act(features), torch.from_numpy(self._targets[rows]))
            total += float(loss.detach())
            if self._values is not None:
                latent = self._policy.mlp_extractor.forward_critic(features)
                error = self._policy.value_net(latent)[:, 0] - torch.from_numpy(self._values[rows])
                loss = loss + torch.mean(error * error)
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()
        return total / updates

    def _normalised(self, observations: Floats) -> Floats:
        if self.normaliser is None:
            return observations
        obs: Any = self.normaliser.normalise(unflatten(observations, self._parts))
        columns = [obs[part.key] if isinstance(obs, dict) else obs for part in self._parts]
        return np.concatenate(columns, axis=1).astype(np.float32)

    def _features(self, normalised: Floats) -> torch.Tensor:
        obs = unflatten(normalised, self._parts)
        tensor = (
            {key: torch.from_numpy(value) for key, value in obs.items()}
            if isinstance(obs, dict)
            else torch.from_numpy(obs)
        )
        features = self._policy.extract_features(tensor, self._policy.pi_features_extractor)
        assert isinstance(features, torch.Tensor)
        return features

    def _act(self, features: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self._policy.action_net(
            self._policy.mlp_extractor.forward_actor(features)
        )
        return output

    def _loss(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if isinstance(self._space, spaces.Box):
            error = self._action_error(output, target)
            return torch.mean(self._weights * error * error)
        return divergence(target, output, _branches(self._space))

    def _action_error(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return output - target, or zero where both are at or beyond the same bound."""
        assert isinstance(self._space, spaces.Box)
        low, high = torch.from_numpy(self._space.low), torch.from_numpy(self._space.high)
        error = output - target
        past = ((target >= high) & (output >= high)) | ((target <= low) & (output <= low))
        return torch.where(past, torch.zeros_like(error), error)


def divergence(teacher: torch.Tensor, student: torch.Tensor, branches: list[int]) -> torch.Tensor:
    """Return the mean Kullback-Leibler divergence of the student's choices from the teacher's.

    Args:
        teacher: (n, sum of branches) logits.
        student: likewise.
        branches: number of choices of each branch; their divergences add up.
    """
    total = torch.zeros(())
    start = 0
    for size in branches:
        one, two = teacher[:, start : start + size], student[:, start : start + size]
        start += size
        wanted, found = torch.log_softmax(one, 1), torch.log_softmax(two, 1)
        total = total + (wanted.exp() * (wanted - found)).sum(1).mean()
    return total


def chosen(outputs: Floats, space: spaces.Space[Any]) -> npt.NDArray[Any]:
    """Return the deterministic actions, as the environment takes them, for (n, outputs).

    They are a copy: whoever changes some of them does not change what was given.
    """
    if isinstance(space, spaces.Box):
        return np.array(outputs)
    branches = _branches(space)
    ends = np.cumsum(branches)
    picks = [
        outputs[:, end - size : end].argmax(1) for end, size in zip(ends, branches, strict=True)
    ]
    return picks[0] if isinstance(space, spaces.Discrete) else np.stack(picks, axis=1)


def _branches(space: spaces.Space[Any]) -> list[int]:
    if isinstance(space, spaces.Discrete):
        return [int(space.n)]
    assert isinstance(space, spaces.MultiDiscrete)
    return [int(size) for size in space.nvec]
