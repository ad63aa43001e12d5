"""The gradient steps of behavioural cloning, on any actor-critic policy of SB3 or sb3-contrib.

Made and fed by `learner`. It plays nothing, reads no file, and knows no environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3.common.policies import ActorCriticPolicy

from rl_training.algorithms.imitation.examples import Examples
from rl_training.checkpoints.normaliser import SINGLE, Normaliser
from rl_training.config.imitation import BehavioralCloningSettings
from rl_training.data.trajectory import DEFAULT_KEY, Array

_BURN_IN_SHARE = 4
_EVALUATED_AT_ONCE = 4096
_LARGEST_GRADIENT = 1.0
_ENOUGH_FOR_DEVIATION = 8192


@dataclass(frozen=True)
class Pass:
    """What one pass over the examples came to.

    Attributes:
        number: from 0.
        loss: of the actions, mean over the pass, on what is learned from; None: it was ended early.
        validation_loss: on what is held back; None: nothing is.
        error: of the most probable actions on what is held back, else on what is learned from:
            mean absolute difference of continuous ones, or share of choices that differ.
    """

    number: int
    loss: float | None
    validation_loss: float | None
    error: float


class Cloner:
    """Teaches examples to a policy.

    Args:
        policy: changed in place; its own optimiser is used, so that a checkpoint holds it.
        normaliser: applied to observations; None: they are taken raw.
        settings: how.
        learned: examples to learn from.
        held: examples to judge by; None: there are none.
        seed: of the order and of the noise.
    """

    def __init__(
        self,
        policy: ActorCriticPolicy,
        normaliser: Normaliser | None,
        settings: BehavioralCloningSettings,
        learned: Examples,
        held: Examples | None,
        seed: int,
    ) -> None:
        self._policy = policy
        self._normaliser = normaliser
        self._settings = settings
        self._learned, self._held = learned, held
        self._random = np.random.default_rng(seed)
        self._torch_noise = torch.Generator().manual_seed(seed)
        self._sequences = isinstance(policy, RecurrentActorCriticPolicy)
        scale = 1.0
        if normaliser is not None and normaliser.norm_reward:
            scale = float(np.sqrt(normaliser.returns.var + normaliser.epsilon))
        self._return_scale = scale
        self._is_continuous = isinstance(policy.action_space, spaces.Box)

    def steps(self) -> int:
        """Return the gradient steps of a pass."""
        if not self._sequences:
            return -(-len(self._learned) // self._settings.batch_size)
        return len(list(self._batches(self._learned, shuffled=False)))

    def learn(self, on_step: Any) -> tuple[float, int] | None:
        """Take the gradient steps of one pass.

        Args:
            on_step: called with the decisions of each step; False from it ends the pass.

        Returns:
            Mean loss of the actions and the decisions learned from; None: it was ended.
        """
        self._policy.set_training_mode(True)
        for group in self._policy.optimizer.param_groups:
            group["lr"] = self._settings.learning_rate
        total, count = 0.0, 0
        has_values = self._settings.value_coef > 0.0 and self._learned.has_rewards
        try:
            for batch in self._batches(self._learned, shuffled=True):
                loss, values = self._loss(self._learned, batch, noisy=True)
                weight = int(batch.mask.sum())
                total, count = total + float(loss.detach()) * weight, count + weight
                if has_values:
                    wanted = (
                        torch.from_numpy(self._learned.returns[batch.rows]) / self._return_scale
                    )
                    error = (values - wanted)[batch.mask]
                    loss = loss + self._settings.value_coef * torch.mean(error * error)
                self._policy.optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(self._policy.parameters(), _LARGEST_GRADIENT)
                self._policy.optimizer.step()
                self._bound_deviation()
                if not on_step(weight):
                    return None
            self.set_deviation()
        finally:
            self._policy.set_training_mode(False)
        return total / max(1, count), count

    def judge(self) -> tuple[float | None, float]:
        """Return the loss on what is held back (None: nothing is), and the actions' error."""
        examples = self._held or self._learned
        total, wrong, count = 0.0, 0.0, 0
        with torch.no_grad():
            for batch in self._batches(examples, shuffled=False, size=_EVALUATED_AT_ONCE):
                weight = int(batch.mask.sum())
                loss, _ = self._loss(examples, batch, noisy=False)
                total += float(loss) * weight
                wrong += self._error(examples, batch) * weight
                count += weight
        return (None if self._held is None else total / count), wrong / count

    def set_deviation(self) -> None:
        """Take the deviation of what is left over as the policy's own.

        That is its most likely value, since it depends on no state; gradient steps would take
        thousands to get there. What follows explores by it.
        """
        log_std = getattr(self._policy, "log_std", None)
        if not self._is_continuous or log_std is None:
            return
        examples, columns = self._learned, self._columns()
        squares = np.zeros(len(columns))
        count = 0
        with torch.no_grad():
            for batch in self._batches(examples, shuffled=True, size=_EVALUATED_AT_ONCE):
                left = (self._mode(examples, batch) - self._taken(examples, batch))[batch.mask]
                squares += (left[:, columns] ** 2).sum(dim=0).numpy()
                count += len(left)
                if count >= _ENOUGH_FOR_DEVIATION:
                    break
            found = 0.5 * np.log(np.maximum(squares / count, 1e-12))
            log_std.copy_(torch.from_numpy(found.astype(np.float32)))
        self._bound_deviation()

    def _bound_deviation(self) -> None:
        log_std = getattr(self._policy, "log_std", None)
        if log_std is not None:
            log_std.data.clamp_(min=self._settings.log_std_min)

    def _columns(self) -> NDArray[np.int64]:
        """Return the columns of continuous actions."""
        space: Any = self._policy.action_space
        found = getattr(space, "continuous", None)
        return np.arange(int(np.prod(space.shape))) if found is None else found

    def _batches(
        self, examples: Examples, *, shuffled: bool, size: int | None = None
    ) -> Iterator[_Batch]:
        size = size or self._settings.batch_size
        if not self._sequences:
            order = np.arange(len(examples))
            if shuffled:
                self._random.shuffle(order)
            for start in range(0, len(order), size):
                rows = order[start : start + size]
                yield _Batch(rows, torch.ones(len(rows), dtype=torch.bool), len(rows))
            return
        length = self._settings.sequence_length
        cut = examples.sequences(length, length // _BURN_IN_SHARE)
        if shuffled:
            self._random.shuffle(cut)
        together = max(1, size // length)
        for start in range(0, len(cut), together):
            chosen = cut[start : start + together]
            longest = max(end - first for first, _, end in chosen)
            rows = np.stack([np.minimum(first + np.arange(longest), end - 1)
                             for first, _, end in chosen])  # fmt: skip
            at = np.arange(longest)
            mask = np.stack([(first + at >= learned) & (first + at < end)
                             for first, learned, end in chosen])  # fmt: skip
            yield _Batch(rows.reshape(-1), torch.from_numpy(mask.reshape(-1)), len(chosen))

    def _loss(
        self, examples: Examples, batch: _Batch, *, noisy: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the loss of the actions, and (n,) values of the critic."""
        obs, taken = self._seen(examples, batch, noisy), self._taken(examples, batch)
        policy: Any = self._policy
        if self._sequences:
            states, starts = self._memory(batch)
            values, log_prob, _ = policy.evaluate_actions(obs, taken, states, starts)
        else:
            values, log_prob, _ = policy.evaluate_actions(obs, taken)
        if self._settings.loss == "mse" and self._is_continuous:
            distribution = (
                policy.get_distribution(obs, self._memory(batch)[0].pi, self._memory(batch)[1])[0]
                if self._sequences
                else policy.get_distribution(obs)
            )
            loss = self._squares(distribution, taken)[batch.mask].mean()
        else:
            loss = -log_prob[batch.mask].mean()
        return loss, values.reshape(-1)

    def _squares(self, distribution: Any, taken: torch.Tensor) -> torch.Tensor:
        """Return (n,) squared distances of continuous actions, choices by likelihood."""
        parts = getattr(distribution.distribution, "gaussian", None)
        if parts is None:
            distance = distribution.distribution.mean - taken
            squares: torch.Tensor = (distance * distance).sum(dim=1)
            return squares
        continuous = parts.mean - taken[:, self._columns()]
        gaussian = parts.log_prob(taken[:, self._columns()]).sum(dim=1)
        choices = distribution.log_prob(taken) - gaussian
        both: torch.Tensor = (continuous * continuous).sum(dim=1) - choices
        return both

    def _mode(self, examples: Examples, batch: _Batch) -> torch.Tensor:
        policy: Any = self._policy
        obs = self._seen(examples, batch, noisy=False)
        if self._sequences:
            states, starts = self._memory(batch)
            mode: torch.Tensor = policy.get_distribution(obs, states.pi, starts)[0].mode()
            return mode
        mode = policy.get_distribution(obs).mode()
        return mode

    def _error(self, examples: Examples, batch: _Batch) -> float:
        found, wanted = self._mode(examples, batch), self._taken(examples, batch)
        if not self._is_continuous:
            return float((found != wanted)[batch.mask].float().mean())
        space: Any = self._policy.action_space
        low, high = torch.from_numpy(space.low), torch.from_numpy(space.high)
        found = torch.minimum(torch.maximum(found, low), high)
        return float((found - wanted)[batch.mask].abs().mean())

    def _memory(self, batch: _Batch) -> tuple[RNNStates, torch.Tensor]:
        policy: Any = self._policy
        lstm = policy.lstm_actor
        shape = (lstm.num_layers, batch.sequences, lstm.hidden_size)
        zero = (torch.zeros(shape), torch.zeros(shape))
        return RNNStates(zero, zero), torch.zeros(len(batch.rows))

    def _taken(self, examples: Examples, batch: _Batch) -> torch.Tensor:
        return torch.from_numpy(examples.actions[batch.rows])

    def _seen(self, examples: Examples, batch: _Batch, noisy: bool) -> Any:
        raw: Any = examples.rows(batch.rows)
        seen: dict[str, Array] = raw
        if self._normaliser is not None:
            if SINGLE in self._normaliser.obs:
                raw = raw[DEFAULT_KEY]
            found: Any = self._normaliser.normalise(raw)
            seen = found if isinstance(found, dict) else {DEFAULT_KEY: found}
        tensors = {}
        for key, array in seen.items():
            tensor = torch.from_numpy(array)
            # Only vectors: a picture's bytes are no place for it.
            if noisy and self._settings.noise > 0.0 and array.dtype.kind == "f":
                scale = 1.0 if self._is_normalised(key) else float(array.std())
                drawn = torch.randn(tensor.shape, generator=self._torch_noise)
                tensor = tensor + self._settings.noise * scale * drawn.to(tensor.dtype)
            tensors[key] = tensor
        found = channels_first(tensors, self._policy.observation_space)
        return (
            found if isinstance(self._policy.observation_space, spaces.Dict) else found[DEFAULT_KEY]
        )

    def _is_normalised(self, key: str) -> bool:
        stats = {} if self._normaliser is None else self._normaliser.obs
        return key in stats or SINGLE in stats


def channels_first(
    tensors: dict[str, torch.Tensor], space: spaces.Space[Any]
) -> dict[str, torch.Tensor]:
    """Return what a policy knows, pictures with their channels first where it wants them so.

    Args:
        tensors: key to (n, ...), as the environment has them.
        space: of the policy.
    """
    wanted = space.spaces if isinstance(space, spaces.Dict) else {DEFAULT_KEY: space}
    return {
        key: tensor.permute(0, 3, 1, 2)
        if tensor.ndim == 4 and tuple(tensor.shape[1:]) != wanted[key].shape
        else tensor
        for key, tensor in tensors.items()
        if key in wanted
    }


@dataclass(frozen=True)
class _Batch:
    """Decisions of one gradient step.

    Attributes:
        rows: (n,) of the examples; with sequences one after another, all of one length.
        mask: (n,) bool, which are learned from.
        sequences: how many there are.
    """

    rows: NDArray[np.int64]
    mask: torch.Tensor
    sequences: int
