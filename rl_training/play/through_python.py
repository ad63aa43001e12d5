"""Play models through Python on fixed episodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rl_training.envs.groups import ParameterSetting
from rl_training.errors import HarnessError, UsageError
from rl_training.play.agents import seats_of
from rl_training.play.deciders import Decider, Moved, OnePolicy, PolicyOfEachGroup
from rl_training.play.episodes import Episode, make_episode
from rl_training.play.policies import Policy

_NOBODYS = 1 << 62  # number of an episode that nobody asks for
_LONGEST_SILENCE = 200  # decisions for which an agent may be absent from the scene


@dataclass(frozen=True)
class Part:
    """Which agents an environment holds, where others play beside it.

    Attributes:
        first: number of its first agent among all.
        total: agents of all.
    """

    first: int
    total: int


def play(
    env: Any,
    policy: Policy | Mapping[str, Policy | None],
    episodes: int,
    seed: int,
    max_decisions: int | None = None,
    on_episode: Callable[[Episode], None] | None = None,
    parameters: Mapping[str, ParameterSetting] | None = None,
    part: Part | None = None,
) -> list[Episode]:
    """Play the episodes 0 .. episodes - 1 of `seed`, over all agents together.

    Args:
        env: a VecEnv, not wrapped by a normaliser, or with several policies an environment with
            groups (`envs.groups.GroupEnv`); its reset starts every agent's first episode.
        policy: gets raw observations; or a policy for each group, None for the game's own control.
        episodes: how many, at least 1.
        seed: of the evaluation.
        max_decisions: an episode longer than this is an error; None: no bound.
        on_episode: told of every episode when it ends.
        parameters: environment parameters of all episodes: numbers, or samplers from which the
            engine draws by each episode's seed.
        part: which of the agents these are; None: all.

    Returns:
        The episodes by rising index; with `part`, those that its agents play.

    Raises:
        UsageError: the environment takes no parameters.
        HarnessError: an episode does not end, or its agent has left the scene for good.
    """
    found = []
    for episode in played(env, policy, episodes, seed, max_decisions, parameters, part):
        found.append(episode)
        if on_episode is not None:
            on_episode(episode)
    return sorted(found, key=lambda episode: episode.index)


def played(
    env: Any,
    policy: Policy | Mapping[str, Policy | None],
    episodes: int,
    seed: int,
    max_decisions: int | None = None,
    parameters: Mapping[str, ParameterSetting] | None = None,
    part: Part | None = None,
) -> Iterator[Episode]:
    """Play episodes as `play` does; yield each when it ends.

    Args:
        env: see `play`.
        policy: see `play`.
        episodes: of all agents together, those that others play beside these included.
        seed: see `play`.
        max_decisions: see `play`.
        parameters: see `play`.
        part: see `play`.

    Raises:
        UsageError, HarnessError: see `play`.
    """
    if parameters:
        if not hasattr(env, "set_parameters"):
            raise UsageError("this environment takes no parameters: leave out --parameter")
        env.set_parameters(dict(parameters))
    decider: Decider = (
        PolicyOfEachGroup(env, policy) if isinstance(policy, Mapping) else OnePolicy(env, policy)
    )
    seats = seats_of(env)
    agents = len(seats)
    numbered = [seat.number for seat in seats if seat.number is not None]
    if part is not None and len(numbered) < agents:
        raise UsageError(
            "this scene has seats for agents that come later: its episodes are played on one "
            "machine only; leave out --backend ray"
        )
    whole = part or Part(0, len(numbered))
    env.seed(seed)
    present = decider.reset()
    returns, lengths = np.zeros(agents), np.zeros(agents, dtype=np.int64)
    index = np.array(
        [_NOBODYS if seat.number is None else whole.first + seat.number for seat in seats]
    )
    silent = np.zeros(agents, dtype=np.int64)
    findings: list[list[Any]] = [[] for _ in range(agents)]
    wanted = sum(len(range(first, episodes, whole.total)) for first in index.tolist())
    while wanted:
        acted = present
        moved = decider.step()
        returns += np.where(acted, moved.rewards, 0.0)
        lengths += acted
        for told, info in zip(findings, moved.infos, strict=True):
            if "findings" in info:
                told.extend(info["findings"])
        for row in np.flatnonzero(moved.dones):
            number = int(index[row])
            if number < episodes:
                wanted -= 1
                yield make_episode(
                    number,
                    seed,
                    float(returns[row]),
                    int(lengths[row]),
                    truncated=bool(moved.truncated[row]),
                    info=moved.infos[row],
                    agent=seats[row].agent,
                    findings=findings[row],
                )
            index[row] += whole.total
            returns[row], lengths[row], findings[row] = 0.0, 0, []
        present = moved.present
        silent = np.where(present, 0, silent + 1)
        _require_agents(moved, silent, np.where(index < episodes, index, -1))
        if max_decisions is not None and lengths[index < episodes].max(initial=0) > max_decisions:
            raise HarnessError(
                f"an episode has not ended after {max_decisions} decisions; the scene must set "
                "terminated or truncated (reset_after)"
            )


def _require_agents(moved: Moved, silent: Any, wanted: Any) -> None:
    """Raise when an agent whose episode is wanted has left for good.

    One that has ended and waits for the others of its arena is absent too; while any of them plays,
    it is waited for.

    Args:
        moved: the last decision.
        silent: (n,) decisions for which each was absent.
        wanted: (n,) number of each one's episode; -1: none of its episodes is wanted any more.
    """
    everyone = not moved.present.any()
    for row in np.flatnonzero((silent > _LONGEST_SILENCE) & (wanted >= 0)):
        reason = moved.infos[row].get("absent")
        if reason is not None or everyone:
            raise HarnessError(
                f"agent {row} has left the scene ({reason or 'nobody is there'}) and does not come "
                f"back, so its episode {wanted[row]} cannot be played"
            )
