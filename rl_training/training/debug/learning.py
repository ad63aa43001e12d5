"""Says after each update how it went (`debug.debug_learning`): KL, entropy, clip share, gradients.

It reads what the algorithm logs of its last update, and hooks its optimisers for the norm of each
gradient before it is clipped. Logged as `debug_learning/grad_norm...`; the rest is in `train/...`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback

logger = logging.getLogger(__name__)

_TOLD = (
    ("approx_kl", "KL"),
    ("kl_divergence_loss", "KL"),
    ("entropy_loss", "entropy"),
    ("clip_fraction", "clipped"),
    ("explained_variance", "explained variance"),
    ("policy_gradient_loss", "policy loss"),
    ("value_loss", "value loss"),
    ("actor_loss", "actor loss"),
    ("critic_loss", "critic loss"),
    ("learning_rate", "learning rate"),
)
_SIGNS = {"entropy_loss": -1.0}  # the loss is minus the entropy


class GradientNorms:
    """The norms of the gradients of an optimiser's steps, before anything clips them.

    Args:
        optimiser: of torch.
    """

    def __init__(self, optimiser: torch.optim.Optimizer) -> None:
        self.norms: list[float] = []
        self._squares = 0.0
        self._handles = [
            parameter.register_post_accumulate_grad_hook(self._add)
            for group in optimiser.param_groups
            for parameter in group["params"]
            if parameter.requires_grad
        ]
        self._handles.append(optimiser.register_step_pre_hook(self._close))

    def take(self) -> list[float]:
        """Return the norms since the last call."""
        taken, self.norms = self.norms, []
        return taken

    def remove(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()

    def _add(self, parameter: torch.Tensor) -> None:
        if parameter.grad is not None:
            self._squares += float(parameter.grad.detach().pow(2).sum())

    def _close(self, *_: Any) -> None:
        self.norms.append(self._squares**0.5)
        self._squares = 0.0


class DebugLearningCallback(BaseCallback):
    """Says how each update went.

    Args:
        every: updates that are told as one line, at least.
    """

    def __init__(self, every: int = 1) -> None:
        super().__init__()
        self._every = every
        self._gradients: dict[str, GradientNorms] = {}
        self._seen = 0

    def _on_training_start(self) -> None:
        self._gradients = {name: GradientNorms(one) for name, one in optimisers(self.model)}
        self._seen = self._updates()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        self._tell()

    def _on_training_end(self) -> None:
        self._tell()
        for gradients in self._gradients.values():
            gradients.remove()

    def _updates(self) -> int:
        return int(getattr(self.model, "_n_updates", 0))

    def _tell(self) -> None:
        done = self._updates()
        if done - self._seen < self._every:
            return
        self._seen = done
        logged = self.logger.name_to_value
        words = []
        for name, word in _TOLD:
            value = logged.get(f"train/{name}")
            if value is not None:
                words.append(f"{word} {_SIGNS.get(name, 1.0) * float(value):.4g}")
        limit = getattr(self.model, "max_grad_norm", None)
        for name, gradients in self._gradients.items():
            norms = np.array(gradients.take())
            if not len(norms):
                continue
            tag = f"debug_learning/grad_norm{name}"
            self.logger.record(tag, float(norms.mean()))
            self.logger.record(f"{tag}_largest", float(norms.max()))
            told = f"gradient norm{name.replace('_', ' ')} {norms.mean():.3g} (to {norms.max():.3g}"
            if limit is not None:
                over = float(np.mean(norms > limit))
                self.logger.record(f"{tag}_clipped", over)
                told += f", {100.0 * over:.0f} % above {limit:g}"
            words.append(told + ")")
        logger.info("debug learning: update %d: %s", done, ", ".join(words))


def optimisers(model: Any) -> Iterator[tuple[str, torch.optim.Optimizer]]:
    """Yield the optimisers of an SB3 algorithm, with what is put behind a tag's name."""
    policy = model.policy
    for name, owner in (
        ("", policy),
        ("_actor", getattr(policy, "actor", None)),
        ("_critic", getattr(policy, "critic", None)),
    ):
        found = getattr(owner, "optimizer", None)
        if isinstance(found, torch.optim.Optimizer):
            yield name, found
