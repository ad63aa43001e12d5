"""One gradient step of Dreamer: the world model on a batch, then actor and critic in imagination.

Called by `Dreamer`, in its own thread or in the collecting one, and by the benchmark of the rate.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch
from torch import nn

from rl_training.algorithms.dreamer.policy import DreamerPolicy
from rl_training.algorithms.world_model.rssm import State
from rl_training.algorithms.world_model.sequences import SequenceBatch, SequenceReplay
from rl_training.config.dreamer import DreamerSettings


class DreamerStep:
    """Gradient steps of one policy.

    Args:
        policy: that learns.
        settings: of Dreamer.

    Attributes:
        settings: may be replaced between two steps.
        published: a copy of the weights for who acts in another thread; None: nothing new.
    """

    def __init__(self, policy: DreamerPolicy, settings: DreamerSettings) -> None:
        self.settings = settings
        self.published: dict[str, Any] | None = None
        self._policy = policy
        behaviour = policy.behaviour
        self._behaviour = list(
            itertools.chain(behaviour.actor.parameters(), behaviour.critic.parameters())
        )
        self._world = list(policy.world.parameters())
        self.world_optimizer = torch.optim.Adam(self._world, lr=settings.learning_rate, eps=1e-8)
        self.behaviour_optimizer = torch.optim.Adam(
            self._behaviour, lr=settings.actor_learning_rate, eps=1e-8
        )

    def update(self, replay: SequenceReplay, learning_rate: float) -> dict[str, float]:
        """Do one step.

        Args:
            replay: holds a sequence at least.
            learning_rate: of the world model.

        Returns:
            Figures for the log, by name.
        """
        given = self.settings
        # From NumPy's generator, whose state is in checkpoints.
        random = np.random.default_rng(np.random.randint(2**31))
        batch = replay.sample(given.batch_size, given.sequence_length, random)
        state, figures = self._learn_world(batch, learning_rate)
        return {**figures, **self._learn_behaviour(batch, state)}

    def copied(self) -> dict[str, Any]:
        """Return a copy of all weights."""
        return {name: value.clone() for name, value in self._policy.state_dict().items()}

    def _learn_world(
        self, batch: SequenceBatch, learning_rate: float
    ) -> tuple[State, dict[str, float]]:
        learned = self._policy.world.learn_from(batch)
        for group in self.world_optimizer.param_groups:
            group["lr"] = learning_rate
        _descend(self.world_optimizer, learned.loss, self._world, self.settings.max_grad_norm)
        found = learned.observed.state
        flat = State(found.belief.detach().flatten(0, 1), found.latent.detach().flatten(0, 1))
        return flat, {f"model_{name}": value for name, value in learned.figures.items()}

    def _learn_behaviour(self, batch: SequenceBatch, state: State) -> dict[str, float]:
        given, behaviour = self.settings, self._policy.behaviour
        chosen = torch.randperm(len(state.belief))[: given.imagination_starts]
        starts = State(state.belief[chosen], state.latent[chosen])
        alive = batch.continues.flatten()[chosen]
        world = self._policy.world
        imagined = behaviour.imagine(world, starts, given.imagine_horizon)
        losses = behaviour.losses(world, imagined, alive, given)
        loss = losses.actor + losses.critic
        _descend(self.behaviour_optimizer, loss, self._behaviour, given.max_grad_norm)
        behaviour.follow(given.slow_critic)
        return dict(losses.figures)


def _descend(
    optimizer: torch.optim.Optimizer,
    loss: torch.Tensor,
    parameters: list[nn.Parameter],
    max_norm: float,
) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(parameters, max_norm)
    optimizer.step()
