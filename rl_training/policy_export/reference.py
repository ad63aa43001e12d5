"""What the trained policy itself does, asked through Stable-Baselines3: the truth of a check.

It shares no code with the export, so that a mistake there shows. Called by `verify`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.preprocessing import preprocess_obs

from rl_training.checkpoints.normaliser import Normaliser

Array = npt.NDArray[Any]
Observation = Array | dict[str, Array]
State = tuple[Array, Array]
"""Hidden and cell states of an LSTM, each (layers, n, units); of another memory, its two parts."""


@dataclass(frozen=True)
class Reference:
    """What a policy gives for n agents.

    Attributes:
        output: (n, actions) within the action space; of discrete choices the logits, of DQN the
            values.
        mean: (n, continuous values) of the Gaussian before squashing and clipping; None without
            one.
        deviation: likewise.
        state: of a recurrent policy after the decision; else None.
    """

    output: Array
    mean: Array | None = None
    deviation: Array | None = None
    state: State | None = None

    def by_output(self) -> dict[str, Array]:
        """Return what the exported file's outputs must be, by their names; rows an agent."""
        named = {"output": self.output, "mean": self.mean, "std": self.deviation}
        if self.state is not None:
            named["state_outs"] = state_rows(self.state)
        return {name: array for name, array in named.items() if array is not None}


def state_rows(state: State) -> Array:
    """Turn (layers, n, units) of both parts into (n, state size), as the file takes them."""
    parts = [part.transpose(1, 0, 2).reshape(part.shape[1], -1) for part in state]
    return np.concatenate(parts, axis=1)


def is_recurrent(model: BaseAlgorithm) -> bool:
    """Whether the model's policy remembers."""
    return hasattr(model.policy, "lstm_actor") or hasattr(model.policy, "initial_state")


def zero_state(model: BaseAlgorithm, n: int) -> State:
    """Return the states of n agents before their first decision."""
    policy: Any = model.policy
    if hasattr(policy, "initial_state"):
        own: State = policy.initial_state(n)
        return own
    layers, _, units = policy.lstm_hidden_state_shape
    return np.zeros((layers, n, units), np.float32), np.zeros((layers, n, units), np.float32)


def decide(
    model: BaseAlgorithm,
    normaliser: Normaliser | None,
    obs: Observation,
    state: State | None = None,
    starts: npt.NDArray[np.bool_] | None = None,
) -> Reference:
    """Ask the policy.

    Args:
        model: any that can be exported.
        normaliser: its observation statistics.
        obs: raw, (n, ...) or a dictionary of such.
        state: of a recurrent policy; None: zeros.
        starts: (n,), the agents whose episode begins; None: none does.
    """
    policy: Any = model.policy
    policy.set_training_mode(False)
    if normaliser is not None:
        obs = normaliser.normalise(obs)
    n = len(next(iter(obs.values())) if isinstance(obs, dict) else obs)
    if hasattr(policy, "told"):
        # A family from a floor above tells all by itself.
        return Reference(*policy.told(obs, state, starts))
    actions: Array | None = None
    if isinstance(model.action_space, spaces.Box):
        recurrent: dict[str, Any] = {"state": state, "episode_start": starts}
        keywords = recurrent if is_recurrent(model) else {}
        actions, _ = model.predict(obs, deterministic=True, **keywords)
    with torch.no_grad():
        tensor, _ = policy.obs_to_tensor(obs)
        if hasattr(policy, "q_net"):
            return Reference(policy.q_net(tensor).numpy())
        if hasattr(policy, "actor"):
            assert actions is not None
            if not hasattr(policy.actor, "get_action_dist_params"):
                return Reference(actions)
            mean, log_deviation, extra = policy.actor.get_action_dist_params(tensor)
            drawn = policy.actor.action_dist.proba_distribution(mean, log_deviation, **extra)
            return _gaussian(actions, drawn)
        latent = policy.pi_features_extractor(policy_input(policy, tensor))
        known: State | None = None
        if is_recurrent(model):
            before = state if state is not None else zero_state(model, n)
            begins = torch.tensor(np.zeros(n) if starts is None else starts, dtype=torch.float32)
            given = torch.tensor(before[0]), torch.tensor(before[1])
            latent, new = policy._process_sequence(latent, given, begins, policy.lstm_actor)
            known = new[0].numpy(), new[1].numpy()
        latent = policy.mlp_extractor.forward_actor(latent)
        if actions is None:
            return Reference(policy.action_net(latent).numpy(), state=known)
        drawn = policy._get_action_dist_from_latent(latent)
        if hasattr(drawn, "hybrid_space"):
            return _hybrid(drawn, actions, policy.action_net(latent).numpy(), known)
        return _gaussian(actions, drawn, known)


def policy_input(policy: Any, obs: Any) -> Any:
    """Return observations as the policy's features extractor takes them."""
    return preprocess_obs(obs, policy.observation_space, policy.normalize_images)


def _hybrid(drawn: Any, actions: Array, logits: Array, state: State | None) -> Reference:
    """Continuous values as the policy predicts them, in their places among the logits."""
    output, normal, space = logits.copy(), drawn.distribution.gaussian, drawn.hybrid_space
    given, first = 0, 0
    for field in space.fields:
        width = field.size if field.kind == "continuous" or field.size != 2 else 1
        if field.kind == "continuous":
            output[:, given : given + width] = actions[:, first : first + width]
        given, first = given + field.size, first + width
    return Reference(output, normal.mean.numpy(), normal.stddev.numpy(), state)


def _gaussian(actions: Array, distribution: Any, state: State | None = None) -> Reference:
    normal = distribution.distribution
    return Reference(actions, normal.mean.numpy(), normal.stddev.numpy(), state)
