"""Dreamer's policy as Stable-Baselines3 has them: world model, actor and critic in one module.

It acts with a memory: belief, latent and the last action of each agent. While learning, latents and
actions are drawn. In play, both are deterministic: a latent is its probabilities, not a draw, so
that a small rounding cannot flip it, and an exported policy is this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.policies import BasePolicy

from rl_training.algorithms.dreamer.actions import Choices, Gaussian
from rl_training.algorithms.dreamer.behaviour import Behaviour
from rl_training.algorithms.world_model.layout import Layout
from rl_training.algorithms.world_model.model import WorldModel
from rl_training.algorithms.world_model.rssm import State
from rl_training.config.dreamer import DreamerSettings

Array = NDArray[Any]
Memory = tuple[Array, Array]
"""Beliefs (1, n, state_dim), and latents with last actions (1, n, ...)."""


class Decision(NamedTuple):
    """What n agents do.

    Attributes:
        rows: (n, size), as the model takes actions.
        state: after the observation.
        outputs: of the actor, as a distribution.
    """

    rows: torch.Tensor
    state: State
    outputs: Gaussian | Choices


class Told(NamedTuple):
    """All that a deterministic decision gives, as an exported file must.

    Attributes:
        output: (n, actions) within the action space, or logarithms of choices' probabilities.
        mean: (n, values) before clipping; None for choices.
        deviation: likewise.
        memory: after the decision.
    """

    output: Array
    mean: Array | None
    deviation: Array | None
    memory: Memory


class DreamerPolicy(BasePolicy):
    """See the module.

    Args:
        observation_space: of the agents.
        action_space: bounded continuous values, or choices.
        lr_schedule: not used; Stable-Baselines3 gives it.
        settings: of Dreamer, as a dictionary.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        lr_schedule: Any,
        settings: Mapping[str, Any],
    ) -> None:
        super().__init__(observation_space, action_space)
        self.settings = DreamerSettings.from_dict(settings)
        self.layout = Layout.of_spaces(observation_space, action_space)
        self.world = WorldModel(self.layout, self.settings.model_settings())
        features = self.world.rssm.features_size
        self.behaviour = Behaviour(self.layout.acted, features, self.settings)

    def initial_state(self, n: int) -> Memory:
        """Return the memory of n agents before their first decision: zeros."""
        rssm = self.world.rssm
        rest = rssm.latent_size + self.layout.acted.size
        return np.zeros((1, n, rssm.belief_size), np.float32), np.zeros((1, n, rest), np.float32)

    def tensors(self, obs: Any) -> dict[str, torch.Tensor]:
        """Return observations of n agents, as the environment gives them, for the encoder."""
        found = {}
        for one in self.layout.seen:
            rows = one.rows(obs[one.key] if isinstance(obs, Mapping) else obs)
            values = torch.from_numpy(np.ascontiguousarray(rows))
            found[one.key] = values.float() / 255.0 if one.image else values
        return found

    @torch.no_grad()
    def decide(
        self, obs: Any, state: State, last: torch.Tensor, *, deterministic: bool
    ) -> Decision:
        """Return what agents do.

        Args:
            obs: as the environment gives it, n rows.
            state: before the observation, zeros where an episode begins.
            last: (n, size), the actions before it; zeros where an episode begins.
            deterministic: nothing is drawn.
        """
        embedding = self.world.encoder(self.tensors(obs))
        pick: Any = "mean" if deterministic else "sample"
        state = self.world.rssm.observe_step(state, last, embedding, pick)
        outputs = self.behaviour.drawn(state.features)
        rows = outputs.mode() if deterministic else outputs.sample()
        # What is done is what fits into the bounds, and so is what is remembered.
        rows = rows if self.layout.acted.choices else rows.clamp(-1.0, 1.0)
        return Decision(rows, state, outputs)

    def actions(self, rows: torch.Tensor) -> Array:
        """Return actions as the environment takes them, for (n, size) of the model's."""
        acted = self.layout.acted
        if not acted.choices:
            return acted.unscaled(rows.numpy())
        picks = [part.argmax(dim=-1) for part in torch.split(rows, list(acted.choices), dim=-1)]
        found = torch.stack(picks, dim=-1).numpy()
        return found[:, 0] if isinstance(self.action_space, spaces.Discrete) else found

    def predict(  # type: ignore[override]
        self,
        observation: Any,
        state: Memory | None = None,
        episode_start: Array | None = None,
        deterministic: bool = False,
    ) -> tuple[Array, Memory]:
        """See `BasePolicy.predict`; the state is to be given back at the next decision."""
        observation, alone = self._batched(observation)
        decision = self._from_memory(observation, state, episode_start, deterministic)
        found = self.actions(decision.rows)
        return (found[0] if alone else found), _memory(decision)

    def told(
        self, obs: Any, state: Memory | None = None, episode_start: Array | None = None
    ) -> Told:
        """Return all of a deterministic decision, for the check of an export."""
        decision = self._from_memory(obs, state, episode_start, True)
        outputs, memory = decision.outputs, _memory(decision)
        if isinstance(outputs, Choices):
            logits = torch.cat(outputs.log_shares, dim=-1).numpy()
            return Told(logits, None, None, memory)
        acted = self.layout.acted
        half = 0.5 * (np.asarray(acted.high) - np.asarray(acted.low))
        mean = np.asarray(acted.low) + half * (outputs.mean.numpy() + 1.0)
        deviation = half * outputs.deviation.numpy()
        return Told(
            self.actions(decision.rows),
            mean.astype(np.float32),
            deviation.astype(np.float32),
            memory,
        )

    def exported_actor(self) -> Any:
        """Return the second half of an exported policy; see `policy_export.actors`."""
        from rl_training.algorithms.dreamer.export import DreamerActor

        return DreamerActor(self)

    def _from_memory(
        self, obs: Any, memory: Memory | None, starts: Array | None, deterministic: bool
    ) -> Decision:
        n = len(next(iter(obs.values())) if isinstance(obs, Mapping) else obs)
        belief, rest = self.initial_state(n) if memory is None else memory
        keep = np.ones((n, 1), np.float32)
        if starts is not None:
            keep -= np.asarray(starts, np.float32).reshape(n, 1)
        size = self.world.rssm.latent_size
        kept = torch.from_numpy(rest[0] * keep)
        state = State(torch.from_numpy(belief[0] * keep), kept[:, :size])
        return self.decide(obs, state, kept[:, size:], deterministic=deterministic)

    def _batched(self, obs: Any) -> tuple[Any, bool]:
        first = self.layout.seen[0]
        array = obs[first.key] if isinstance(obs, Mapping) else obs
        if np.ndim(array) > len(first.shape):
            return obs, False
        if isinstance(obs, Mapping):
            return {key: np.asarray(value)[None] for key, value in obs.items()}, True
        return np.asarray(obs)[None], True

    def _predict(self, observation: Any, deterministic: bool = False) -> torch.Tensor:
        raise NotImplementedError("Dreamer decides with its memory: call predict")


def _memory(decision: Decision) -> Memory:
    rest = torch.cat([decision.state.latent, decision.rows], dim=-1)
    return decision.state.belief.numpy()[None], rest.numpy()[None]
