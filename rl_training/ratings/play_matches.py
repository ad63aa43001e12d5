"""Play matches in an environment: many arenas, each with its own match, until all are played.

The engine begins an arena's next episode in the step in which the last one ends. So what an arena
plays next is ordered one match ahead: its start (a level), who controls each group, and the
drivers' numbers. Models decide through Python, one batch for each; random actions come from a
match's own seed. Each engine has a queue of its own, so what it plays is the same wherever it is
and whoever plays beside it.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.envs.groups import AgentGroup, Control, GroupStep
from rl_training.errors import HarnessError, ModelError, UsageError
from rl_training.play.episodes import read_places
from rl_training.play.places import Places
from rl_training.play.policies import Policy, RandomPolicy, load_policy
from rl_training.ratings.contestants import Contestant
from rl_training.ratings.matches import Planned, Result
from rl_training.runs.seeds import episode_seed
from rl_training.scenarios import MatchRules

_SUCCESS = "is_success"


@dataclass(frozen=True)
class Program:
    """What is played.

    Attributes:
        players: by name; those of the matches at least.
        planned: the matches.
        rules: how a match is decided.
        seed: of the starts.
        parameters: environment parameters of all matches.
        limit: decisions after which a match is an error; None: no bound.
    """

    players: Mapping[str, Contestant]
    planned: Sequence[Planned]
    rules: MatchRules
    seed: int
    parameters: Mapping[str, float]
    limit: int | None = None

    def played(self, env: Any, queues: Sequence[Sequence[Planned]]) -> Iterator[Result]:
        """Play these queues of it; see `play_matches`."""
        env.set_parameters(dict(self.parameters))
        yield from play_matches(env, self.players, queues, self.rules, self.seed, self.limit)


def play_matches(
    env: Any,
    players: Mapping[str, Contestant],
    queues: Sequence[Sequence[Planned]],
    rules: MatchRules,
    seed: int,
    max_decisions: int | None = None,
) -> Iterator[Result]:
    """Play matches; yield each when it has ended.

    Args:
        env: with groups (`envs.groups.GroupEnv`) and views of them; its environment parameters are
            set.
        players: by name; those of the matches at least.
        queues: what each engine of the environment plays (`matches.dealt`).
        rules: how a match is decided.
        seed: of the starts.
        max_decisions: a match longer than this is an error; None: no bound.

    Raises:
        UsageError: the scene has not two groups that are alike, or does not tell the score.
        ModelError: a model does not fit the scene.
        HarnessError: agents of a match do not end together, or a match does not end.
    """
    if any(queues):
        yield from _Hall(env, players, queues, rules, seed).play(max_decisions)


def sides_of(groups: Mapping[str, AgentGroup]) -> tuple[str, str]:
    """Return the names of the two groups that play against each other.

    Raises:
        UsageError: there are not two, or they are not alike.
    """
    if len(groups) != 2:
        raise UsageError(
            "a match is played by two groups of agents (policy_name of their controllers); the "
            f"scene has {len(groups)}: {', '.join(groups)}"
        )
    (first, one), (second, other) = groups.items()
    if (one.observation_space, one.action_space) != (other.observation_space, other.action_space):
        raise UsageError(
            f"the groups {first!r} and {second!r} observe or act differently, so players cannot "
            f"swap sides: count wins with spacetime-rl compare --wins_of {first}"
        )
    return first, second


class _Hall:
    """The arenas, what each plays, and what it plays next."""

    def __init__(
        self,
        env: Any,
        players: Mapping[str, Contestant],
        queues: Sequence[Sequence[Planned]],
        rules: MatchRules,
        seed: int,
    ) -> None:
        self._env = env
        self._players = players
        self._rules = rules
        self._seed = seed
        self._left = sum(len(queue) for queue in queues)
        self._sides = sides_of(env.groups)
        self._groups = [env.groups[name] for name in self._sides]
        arenas = {arena for group in self._groups for arena in group.arenas}
        each = len(arenas) // len(queues)
        assert each * len(queues) == len(arenas), "a queue for each engine, and engines are alike"
        waiting = [deque(queue) for queue in queues]
        self._waiting = {arena: waiting[arena // each] for arena in arenas}
        self._now: dict[int, Planned | None] = {}
        self._next: dict[int, Planned | None] = dict.fromkeys(sorted(arenas))
        self._rows = [
            {arena: np.flatnonzero(np.array(group.arenas) == arena) for arena in arenas}
            for group in self._groups
        ]
        # What an arena was ordered last, so that nothing is ordered twice.
        self._control: list[dict[int, Control]] = [dict.fromkeys(arenas, "trainer") for _ in (0, 1)]
        self._parameters: dict[int, dict[str, float]] = {arena: {} for arena in arenas}
        self._ended: dict[int, dict[tuple[int, int], dict[str, Any]]] = {a: {} for a in arenas}
        self._decisions = dict.fromkeys(arenas, 0)
        planned = [match for queue in queues for match in queue]
        self._policies = [
            {
                name: self._policy(players[name], side)
                for name in dict.fromkeys(match.sides[side] for match in planned)
                if players[name].kind == "model"
            }
            for side in (0, 1)
        ]
        self._random: list[dict[int, RandomPolicy]] = [{}, {}]

    def play(self, max_decisions: int | None) -> Iterator[Result]:
        """Play until nothing is left."""
        self._plan(list(self._next))
        first = self._env.reset_groups()
        obs = [first[name].obs for name in self._sides]
        starts = [np.ones(len(group.agents), np.bool_) for group in self._groups]
        self._begin(list(self._next))
        while self._left:
            actions = {
                name: self._actions(side, obs[side], starts[side])
                for side, name in enumerate(self._sides)
            }
            found = self._env.step_groups(actions)
            steps = [found[name] for name in self._sides]
            obs = [step.obs for step in steps]
            starts = [step.dones | step.joined | ~step.present for step in steps]
            for arena in self._decisions:
                self._decisions[arena] += 1
            over = self._take_ends(steps)
            for arena in over:
                result = self._result(arena)
                if result is not None:
                    self._left -= 1
                    yield result
            if over:
                self._begin(over)
            self._require_ends(max_decisions)

    def _policy(self, player: Contestant, side: int) -> Policy:
        assert player.model is not None, "a model has a file"
        try:
            return load_policy(player.model, self._env.group(self._sides[side]))
        except ModelError as error:
            raise ModelError(f"the player {player.name!r}: {error}") from error

    def _actions(self, side: int, obs: Any, starts: NDArray[np.bool_]) -> NDArray[Any]:
        """Return the actions of a group's agents; zeros where the game plays."""
        group = self._groups[side]
        actions: NDArray[Any] | None = None
        rows_of: dict[str, list[int]] = {}
        for arena, match in self._now.items():
            if match is not None and match.sides[side] in self._policies[side]:
                rows_of.setdefault(match.sides[side], []).extend(self._rows[side][arena].tolist())
        for name, rows in rows_of.items():
            policy = self._policies[side][name]
            policy.begin(starts)
            chosen = np.asarray(policy.act(obs))
            chosen = chosen.reshape(len(group.agents), -1)
            if actions is None:
                actions = np.zeros_like(chosen)
            actions[rows] = chosen[rows]
        masks: NDArray[np.bool_] | None = None
        for number, (arena, random) in enumerate(self._random[side].items()):
            if number == 0:
                masks = random.masks()
            own = self._rows[side][arena]
            chosen = random.drawn(len(own), None if masks is None else masks[own])
            chosen = np.asarray(chosen).reshape(len(own), -1)
            if actions is None:
                actions = np.zeros((len(group.agents), chosen.shape[1]), chosen.dtype)
            actions[own] = chosen
        if actions is None:
            sample = np.asarray(group.action_space.sample()).reshape(-1)
            return np.zeros((len(group.agents), sample.size), sample.dtype)
        return actions

    def _begin(self, arenas: Sequence[int]) -> None:
        """What was ordered has begun in these arenas; order what comes then."""
        for arena in arenas:
            self._now[arena] = self._next[arena]
            self._decisions[arena] = 0
            self._ended[arena] = {}
            self._begin_random(arena)
        self._plan(arenas)

    def _begin_random(self, arena: int) -> None:
        """Let random actions of an arena's match begin with its own seed."""
        match = self._now[arena]
        for side, name in enumerate(self._sides):
            self._random[side].pop(arena, None)
            if match is not None and self._players[match.sides[side]].kind == "random":
                number = zlib.crc32(f"{match.first} {match.second} {side}".encode())
                seed = episode_seed(episode_seed(self._seed, match.start), number)
                self._random[side][arena] = RandomPolicy(self._env.group(name), seed)

    def _plan(self, arenas: Sequence[int]) -> None:
        for arena in arenas:
            waiting = self._waiting[arena]
            self._next[arena] = waiting.popleft() if waiting else None
        wanted = {arena: self._next[arena] for arena in arenas}
        planned = {arena: match for arena, match in wanted.items() if match is not None}
        self._env.set_levels(
            {arena: [episode_seed(self._seed, match.start)] for arena, match in planned.items()}
        )
        for side, name in enumerate(self._sides):
            changed: dict[Control, list[int]] = {}
            for arena, match in planned.items():
                driven = self._players[match.sides[side]].kind == "driver"
                control: Control = "game" if driven else "trainer"
                if self._control[side][arena] != control:
                    self._control[side][arena] = control
                    changed.setdefault(control, []).append(arena)
            for control, those in changed.items():
                self._env.set_control(name, control, arenas=those)
        self._set_parameters(planned)

    def _set_parameters(self, planned: Mapping[int, Planned]) -> None:
        alike: dict[tuple[tuple[str, float], ...], list[int]] = {}
        for arena, match in planned.items():
            values: dict[str, float] = {}
            for side, name in enumerate(self._sides):
                values |= self._players[match.sides[side]].parameters(self._rules, name)
            if any(self._parameters[arena].get(key) != value for key, value in values.items()):
                self._parameters[arena] |= values
                alike.setdefault(tuple(values.items()), []).append(arena)
        for pairs, those in alike.items():
            self._env.set_parameters(dict(pairs), arenas=those)

    def _take_ends(self, steps: Sequence[GroupStep]) -> list[int]:
        """Note which agents ended; return the arenas whose match is over."""
        concerned: dict[int, None] = {}
        for side, step in enumerate(steps):
            for row in np.flatnonzero(step.dones).tolist():
                arena = self._groups[side].arenas[row]
                ended = self._ended[arena]
                if (side, row) in ended:
                    raise HarnessError(
                        "agents of a match end at different times: let the scene's root have "
                        'arena_episodes = "together" or "last" (docs/multi_agent.md)'
                    )
                ended[side, row] = step.infos[row]
                concerned[arena] = None
        size = {arena: sum(len(rows[arena]) for rows in self._rows) for arena in concerned}
        return [arena for arena in concerned if len(self._ended[arena]) == size[arena]]

    def _result(self, arena: int) -> Result | None:
        match = self._now[arena]
        if match is None:
            return None
        infos = [
            [self._ended[arena][side, row] for row in self._rows[side][arena].tolist()]
            for side in (0, 1)
        ]
        level = infos[0][0].get("level")
        if level is not None and int(level) != episode_seed(self._seed, match.start):
            raise HarnessError(f"arena {arena} played another start than was ordered for {match}")
        scores = [float(np.mean([self._score(info) for info in side])) for side in infos]
        return Result(match, (scores[0], scores[1]), self._decisions[arena], _places(infos))

    def _score(self, info: Mapping[str, Any]) -> float:
        told = info if self._rules.score == _SUCCESS else info.get("metrics") or {}
        if self._rules.score not in told:
            raise UsageError(
                f"the scene does not tell {self._rules.score!r}, by which a match is decided: let "
                'get_info() return it in "metrics", or name another with --match_score'
            )
        return float(told[self._rules.score])

    def _require_ends(self, max_decisions: int | None) -> None:
        if max_decisions is None:
            return
        for arena, decisions in self._decisions.items():
            if decisions > max_decisions and self._now[arena] is not None:
                raise HarnessError(
                    f"a match has not ended after {max_decisions} decisions; the scene must set "
                    "terminated or truncated (reset_after)"
                )


def take_places(places: Places, result: Result) -> None:
    """Add what a match told of places (`Result.places`) to those of its players."""
    sides = enumerate(zip(result.match.sides, result.places, strict=False))
    for side, (player, told) in sides:
        places.add(player, told, turned=side == 1)


def _places(
    infos: Sequence[Sequence[Mapping[str, Any]]],
) -> tuple[dict[str, tuple[float, ...]], ...]:
    """Return what both groups' agents told of places, joined."""
    if not any("places" in info for side in infos for info in side):
        return ()
    found: list[dict[str, tuple[float, ...]]] = []
    for side in infos:
        joined: dict[str, tuple[float, ...]] = {}
        for info in side:
            for kind, flat in read_places(info.get("places")).items():
                joined[kind] = joined.get(kind, ()) + flat
        found.append(joined)
    return tuple(found)
