"""The gradient steps of TD3+BC (Fujimoto and Gu 2021, arXiv:2106.06860) on a TD3 model of SB3.

Made and fed by `learner`. It plays nothing and reads no file.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from rl_training.algorithms.offline.transitions import Transitions, observation
from rl_training.config.imitation import TD3BCSettings


class TD3BC:
    """Learns from transitions.

    Args:
        model: SB3's TD3; its networks and optimisers are changed, so that a checkpoint has them.
        settings: how.
        data: to learn from.
        seed: of the draws.
    """

    def __init__(self, model: Any, settings: TD3BCSettings, data: Transitions, seed: int) -> None:
        self._model, self._settings, self._data = model, settings, data
        self._random = torch.Generator().manual_seed(seed)

    def step(self, rate: float) -> dict[str, float]:
        """Do one gradient step of the critics, and each `policy_delay` one of the actor.

        Args:
            rate: step size.

        Returns:
            Figures by name: "critic_loss", and of the actor's steps "actor_loss", "value" (mean Q
            of the actor's actions) and "bc_loss" (mean squared distance from the data's).
        """
        model, given, data = self._model, self._settings, self._data
        policy = model.policy
        policy.set_training_mode(True)
        for optimiser in (model.actor.optimizer, model.critic.optimizer):
            for group in optimiser.param_groups:
                group["lr"] = rate
        rows = torch.randint(len(data), (given.batch_size,), generator=self._random)
        seen = observation(data.seen, rows, policy)
        then = observation(data.seen_then, rows, policy)
        actions = data.actions[rows]
        with torch.no_grad():
            noise = torch.randn(actions.shape, generator=self._random) * given.target_policy_noise
            noise = noise.clamp(-given.target_noise_clip, given.target_noise_clip)
            wanted = (model.actor_target(then) + noise).clamp(-1.0, 1.0)
            least = torch.cat(model.critic_target(then, wanted), dim=1).amin(dim=1, keepdim=True)
            target = data.rewards[rows] + data.going_on[rows] * given.gamma * least
        values = model.critic(seen, actions)
        loss = torch.stack([functional.mse_loss(each, target) for each in values]).sum()
        _descend(model.critic.optimizer, loss)
        figures = {"critic_loss": float(loss.detach())}
        model._n_updates += 1
        if model._n_updates % given.policy_delay == 0:
            figures |= self._improve(seen, actions)
            self._follow()
        policy.set_training_mode(False)
        return figures

    @torch.no_grad()
    def action_error(self, batches: int = 8) -> float:
        """Return the mean absolute difference of the actor's actions from the data's."""
        found = []
        for _ in range(batches):
            rows = torch.randint(len(self._data), (1024,), generator=self._random)
            seen = observation(self._data.seen, rows, self._model.policy)
            found.append((self._model.actor(seen) - self._data.actions[rows]).abs().mean())
        return float(torch.stack(found).mean())

    def _improve(self, seen: Any, actions: torch.Tensor) -> dict[str, float]:
        model, given = self._model, self._settings
        chosen = model.actor(seen)
        value = model.critic.q1_forward(seen, chosen)
        weight = given.alpha / value.detach().abs().mean().clamp(min=1e-6)
        near = functional.mse_loss(chosen, actions)
        loss = near - weight * value.mean()
        _descend(model.actor.optimizer, loss)
        return {
            "actor_loss": float(loss.detach()),
            "value": float(value.detach().mean()),
            "bc_loss": float(near.detach()),
        }

    @torch.no_grad()
    def _follow(self) -> None:
        model, tau = self._model, self._settings.tau
        pairs = ((model.critic, model.critic_target), (model.actor, model.actor_target))
        for fast, slow in pairs:
            for ours, theirs in zip(fast.parameters(), slow.parameters(), strict=True):
                theirs.lerp_(ours, tau)


def _descend(optimiser: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
