"""PPO in one file, in the manner of CleanRL.

It takes any `gymnasium.vector.VectorEnv` with same-step autoreset, such as
`rl_training.envs.GodotVectorEnv`. Copy it beside your script and change what you like.
`python examples/cleanrl_ppo.py` trains on a scene. Observations are one array of floats, actions a
`Box` or a `Discrete`.
"""

from __future__ import annotations

import argparse
from collections import deque
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, Normal


@dataclass(frozen=True)
class Settings:
    """What PPO is called with.

    Attributes:
        timesteps: decisions of all agents together.
        steps: decisions of each agent between two updates.
        epochs: passes over them.
        minibatches: parts of a pass.
        learning_rate: falls to 0 over the run.
        gamma: discount of a decision.
        gae_lambda: weight of longer returns in the advantage.
        clip: how far the probability of an action may move in an update.
        entropy: weight of the entropy.
        hidden: units of each of the two layers.
        seed: of the network, the actions and the episodes.
    """

    timesteps: int = 100_000
    steps: int = 32
    epochs: int = 4
    minibatches: int = 4
    learning_rate: float = 2.5e-3
    gamma: float = 0.98
    gae_lambda: float = 0.95
    clip: float = 0.2
    entropy: float = 0.0
    hidden: int = 64
    seed: int = 1


class Agent(nn.Module):
    """An actor and a critic.

    Args:
        envs: whose spaces they serve.
        hidden: units of each of the two layers.
    """

    def __init__(self, envs: gym.vector.VectorEnv[Any, Any, Any], hidden: int) -> None:
        super().__init__()
        space = envs.single_action_space
        self.is_discrete = isinstance(space, gym.spaces.Discrete)
        inputs = int(np.prod(envs.single_observation_space.shape or ()))
        outputs = int(space.n) if isinstance(space, gym.spaces.Discrete) else _size(space)
        self.actor = _network(inputs, hidden, outputs, 0.01)
        self.critic = _network(inputs, hidden, 1, 1.0)
        self.log_deviation = nn.Parameter(torch.full((outputs,), -0.5))

    def distribution(self, observations: Tensor) -> Distribution:
        """Return the actions' distribution at (n, ...) observations."""
        told = self.actor(observations)
        if self.is_discrete:
            return Categorical(logits=told)
        return Independent(Normal(told, self.log_deviation.exp()), 1)

    def value(self, observations: Tensor) -> Tensor:
        """Return (n,) values of (n, ...) observations."""
        values: Tensor = self.critic(observations)[:, 0]
        return values


@dataclass
class Rollout:
    """(steps, agents, ...) of everything."""

    observations: Tensor
    actions: Tensor
    log_probs: Tensor
    values: Tensor
    rewards: Tensor
    dones: Tensor


def train(envs: gym.vector.VectorEnv[Any, Any, Any], settings: Settings | None = None) -> Agent:
    """Train; print the mean return of the last 100 episodes now and then.

    Args:
        envs: closed by whoever made them.
        settings: None: the defaults.
    """
    settings = settings or Settings()
    torch.manual_seed(settings.seed)
    torch.set_num_threads(1)  # more only cost time with networks and batches of this size
    agent = Agent(envs, settings.hidden)
    optimizer = torch.optim.Adam(agent.parameters(), lr=settings.learning_rate, eps=1e-5)
    observations, _ = envs.reset(seed=settings.seed)
    returns: deque[float] = deque(maxlen=100)
    running = np.zeros(envs.num_envs)
    updates = max(1, settings.timesteps // (settings.steps * envs.num_envs))
    for update in range(updates):
        optimizer.param_groups[0]["lr"] = settings.learning_rate * (1.0 - update / updates)
        rollout, observations = collect(envs, agent, observations, settings, running, returns)
        improve(agent, optimizer, rollout, observations, settings)
        if returns and (update % 10 == 0 or update == updates - 1):
            steps = (update + 1) * settings.steps * envs.num_envs
            print(f"{steps:>9,} steps: return {np.mean(returns):.3f}", flush=True)
    return agent


@torch.no_grad()
def collect(
    envs: gym.vector.VectorEnv[Any, Any, Any],
    agent: Agent,
    observations: NDArray[Any],
    settings: Settings,
    running: NDArray[Any],
    returns: deque[float],
) -> tuple[Rollout, NDArray[Any]]:
    """Play `settings.steps` decisions; return them and what is observed then.

    Args:
        envs: the environments.
        agent: who plays.
        observations: (agents, ...) at the start.
        settings: how long, and how rewards are discounted.
        running: (agents,) returns of the running episodes; brought up to date.
        returns: of the episodes that ended; added to.
    """
    parts: list[tuple[Tensor, ...]] = []
    low: Any = -np.inf
    high: Any = np.inf
    if isinstance(envs.single_action_space, gym.spaces.Box):
        low, high = envs.single_action_space.low, envs.single_action_space.high
    for _ in range(settings.steps):
        seen = torch.as_tensor(observations, dtype=torch.float32)
        distribution = agent.distribution(seen)
        actions = distribution.sample()
        observations, rewards, terminated, truncated, infos = envs.step(
            actions.numpy() if agent.is_discrete else np.clip(actions.numpy(), low, high)
        )
        dones = terminated | truncated
        running += rewards
        returns.extend(running[dones].tolist())
        running[dones] = 0.0
        earned = torch.as_tensor(rewards, dtype=torch.float32).clone()
        if truncated.any():  # cut off, not over: what would have come counts too
            last = torch.as_tensor(np.stack(infos["final_obs"][truncated]), dtype=torch.float32)
            earned[torch.as_tensor(truncated)] += settings.gamma * agent.value(last)
        log_probs = distribution.log_prob(actions)
        ends = torch.as_tensor(dones, dtype=torch.float32)
        parts.append((seen, actions, log_probs, agent.value(seen), earned, ends))
    return Rollout(*(torch.stack(part) for part in zip(*parts, strict=True))), observations


def improve(
    agent: Agent,
    optimizer: torch.optim.Optimizer,
    rollout: Rollout,
    observations: NDArray[Any],
    settings: Settings,
) -> None:
    """Improve the agent on what it played; `observations` are those after the last decision."""
    with torch.no_grad():
        following = agent.value(torch.as_tensor(observations, dtype=torch.float32))
        advantages = torch.zeros_like(rollout.rewards)
        advantage = torch.zeros_like(following)
        for step in reversed(range(settings.steps)):
            goes_on = 1.0 - rollout.dones[step]
            error = rollout.rewards[step] + settings.gamma * following * goes_on
            error -= rollout.values[step]
            advantage = error + settings.gamma * settings.gae_lambda * goes_on * advantage
            advantages[step] = advantage
            following = rollout.values[step]
    targets = (advantages + rollout.values).flatten(0, 1)
    seen, actions, before, weights = (
        part.flatten(0, 1)
        for part in (rollout.observations, rollout.actions, rollout.log_probs, advantages)
    )
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(targets)).chunk(settings.minibatches):
            distribution = agent.distribution(seen[rows])
            ratio = (distribution.log_prob(actions[rows]) - before[rows]).exp()
            weight = weights[rows]
            weight = (weight - weight.mean()) / (weight.std() + 1e-8)
            clipped = ratio.clamp(1.0 - settings.clip, 1.0 + settings.clip)
            policy_loss = -torch.min(weight * ratio, weight * clipped).mean()
            value_loss = (agent.value(seen[rows]) - targets[rows]).square().mean()
            loss = policy_loss + 0.5 * value_loss
            loss = loss - settings.entropy * distribution.entropy().mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            optimizer.step()


def _size(space: gym.spaces.Space[Any]) -> int:
    assert isinstance(space, gym.spaces.Box), f"actions are {space}, expected a Box or a Discrete"
    return int(np.prod(space.shape))


def _network(inputs: int, hidden: int, outputs: int, gain: float) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Flatten()]
    for size_in, size_out, scale in (
        (inputs, hidden, np.sqrt(2)),
        (hidden, hidden, np.sqrt(2)),
        (hidden, outputs, gain),
    ):
        layer = nn.Linear(size_in, size_out)
        nn.init.orthogonal_(layer.weight, scale)
        nn.init.zeros_(layer.bias)
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def main() -> None:
    """Train on a scene of a project."""
    from rl_training.envs import GodotVectorEnv

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project_path", default=".")
    parser.add_argument("--scene_path", default=None, help="None: the project's main scene")
    parser.add_argument("--timesteps", type=int, default=100_000)
    parser.add_argument("--arenas", type=int, default=None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=11008)
    given = parser.parse_args()
    with GodotVectorEnv(
        given.project_path, given.scene_path, arenas=given.arenas, port=given.port
    ) as envs:
        train(envs, Settings(timesteps=given.timesteps, seed=given.seed))


if __name__ == "__main__":
    main()
