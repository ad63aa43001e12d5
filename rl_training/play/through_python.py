"""Play a model through Python on fixed episodes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from rl_training.errors import HarnessError
from rl_training.play.agents import agents_of
from rl_training.play.episodes import Episode, make_episode
from rl_training.play.policies import Policy

logger = logging.getLogger(__name__)

_LONGEST_SILENCE = 200  # decisions for which an agent may be absent from the scene


def play(
    env: VecEnv,
    policy: Policy,
    episodes: int,
    seed: int,
    max_decisions: int | None = None,
    on_episode: Callable[[Episode], None] | None = None,
) -> list[Episode]:
    """Play the episodes 0 .. episodes - 1 of `seed`.

    Args:
        env: not wrapped by a normaliser; its reset starts every agent's first episode.
        policy: gets raw observations.
        episodes: how many, at least 1.
        seed: of the evaluation.
        max_decisions: an episode longer than this is an error; None: no bound.
        on_episode: told of every episode when it ends.

    Returns:
        The episodes by rising index.

    Raises:
        HarnessError: an episode does not end, or its agent has left the scene for good.
    """
    agents = env.num_envs
    who = agents_of(env)
    env.seed(seed)
    obs: Any = env.reset()
    returns, lengths = np.zeros(agents), np.zeros(agents, dtype=np.int64)
    index = np.arange(agents)
    silent = np.zeros(agents, dtype=np.int64)
    finished: dict[int, Episode] = {}
    dones = np.ones(agents, dtype=np.bool_)
    while len(finished) < episodes:
        policy.begin(dones)
        obs, rewards, dones, infos = env.step(policy.act(obs))
        returns += rewards
        lengths += 1
        for agent in np.flatnonzero(dones):
            number = int(index[agent])
            if number < episodes:
                finished[number] = make_episode(
                    number,
                    seed,
                    float(returns[agent]),
                    int(lengths[agent]),
                    truncated=bool(infos[agent].get("TimeLimit.truncated", False)),
                    info=infos[agent],
                    agent=who[agent],
                )
                if on_episode is not None:
                    on_episode(finished[number])
            index[agent] += agents
            returns[agent], lengths[agent] = 0.0, 0
        silent = np.where(["absent" in info for info in infos], silent + 1, 0)
        waited = np.flatnonzero((silent > _LONGEST_SILENCE) & (index < episodes))
        if len(waited):
            gone = int(waited[0])
            raise HarnessError(
                f"agent {gone} has left the scene ({infos[gone]['absent']}) and does not come "
                f"back, so its episode {index[gone]} cannot be played"
            )
        if max_decisions is not None and lengths[index < episodes].max(initial=0) > max_decisions:
            raise HarnessError(
                f"an episode has not ended after {max_decisions} decisions; the scene must set "
                "terminated or truncated (reset_after)"
            )
    return [finished[number] for number in range(episodes)]
