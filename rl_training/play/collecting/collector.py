"""Episodes of all agents of an environment as trajectories, in memory or straight into a file.

`spacetime-rl data collect` and users call it. Which episodes are taken is fixed by number, as in an
evaluation (`play.episodes`): the first N that end would favour short ones.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from typing_extensions import Self

from rl_training.data.store import TrajectoryStore, TrajectoryWriter
from rl_training.data.trajectory import DEFAULT_KEY, Trajectory
from rl_training.envs.one_vec_env import vec_env_of
from rl_training.errors import DataError, HarnessError, UsageError
from rl_training.play.agents import Seat, seats_of
from rl_training.play.collecting.background import InBackground
from rl_training.play.collecting.players import PolicyLike, as_policy
from rl_training.play.collecting.step_log import StepLog
from rl_training.play.policies import Policy
from rl_training.play.through_python import Part
from rl_training.protocol.hybrid_box import HybridBox
from rl_training.runs.seeds import episode_seed

logger = logging.getLogger(__name__)

_LONGEST_SILENCE = 200  # decisions for which nobody may be in the scene
_OF_VEC_ENVS = ("TimeLimit.truncated", "terminal_observation", "episode", "absent")


class DataCollector:
    """Plays and keeps what it saw.

    Args:
        env_factory: makes the environment when it is first needed: a `VecEnv` such as
            `GodotVecEnv` (all agents of all engines are collected from), or one
            `gymnasium.Env`. Not wrapped by a normaliser: data is raw.
        output: a `.traj` file that episodes are appended to as they end; None: they are kept in
            memory.
        resume: go on with what `output` holds; else a file that is there is an error.
        seed: all episodes and random actions come from it. A resumed collection goes on with
            episodes of its own.
        meta: what every trajectory's `meta` tells besides episode and policy, e.g. the scenario.
        on_episode: told after each episode how many there are.

    Use it in a `with` block, or call `close`: it owns the environment.

    Raises:
        UsageError: `output` is there and `resume` is False.
    """

    def __init__(
        self,
        env_factory: Callable[[], Any],
        output: Path | str | None = None,
        *,
        resume: bool = False,
        seed: int = 0,
        meta: Mapping[str, Any] | None = None,
        on_episode: Callable[[int], None] | None = None,
    ) -> None:
        self._factory = env_factory
        self._output = None if output is None else Path(output)
        self._seed = seed
        self._meta = dict(meta or {})
        self._on_episode = on_episode
        self._env: VecEnv | None = None
        self._kept: list[Trajectory] = []
        self._done = 0
        self.problems: list[str] = []
        """Episodes that could not be kept, and why."""
        self.steps = 0
        """Decisions of all agents until now, those of episodes that are not kept included."""
        if self._output is not None and self._output.exists():
            if not resume:
                raise UsageError(
                    f"{self._output} exists: go on with resume (--resume), or choose another name"
                )
            with TrajectoryWriter(self._output) as writer:
                self._done = writer.count
                if writer.note:
                    logger.warning("%s", writer.note)

    @property
    def env(self) -> VecEnv:
        """The environment, made when it is first asked for."""
        if self._env is None:
            self._env = vec_env_of(self._factory)
        return self._env

    def collect_episodes(
        self, num_episodes: int, policy: PolicyLike = None
    ) -> Sequence[Trajectory]:
        """Play until there are so many episodes, those of earlier calls included.

        Args:
            num_episodes: how many there are to be.
            policy: who plays; None: random actions.

        Returns:
            All trajectories: a list, or with `output` the open `TrajectoryStore`.

        Raises:
            DataError: an episode could not be kept and nothing else was collected.
            HarnessError: the environment failed, or nobody acts in it. What had ended is kept.
        """
        if num_episodes < 1:
            raise UsageError(f"num_episodes must be at least 1; found {num_episodes}")
        missing = num_episodes - self._done
        if missing > 0:
            if self._output is None:
                self._play(missing, policy, self._kept.append)
            else:
                with (
                    TrajectoryWriter(self._output) as writer,
                    InBackground[Trajectory](writer.append) as append,
                ):
                    self._play(missing, policy, append)
        for problem in self.problems[:3]:
            logger.warning("%s", problem)
        return self.trajectories()

    def trajectories(self) -> Sequence[Trajectory]:
        """Return what was collected until now."""
        return list(self._kept) if self._output is None else TrajectoryStore(self._output)

    def save_trajectories(self, path: Path | str) -> None:
        """Append what was collected to a `.traj` file."""
        with TrajectoryWriter(Path(path)) as writer:
            for one in self.trajectories():
                writer.append(one)

    def close(self) -> None:
        """Close the environment; may be called twice."""
        env, self._env = self._env, None
        if env is not None:
            env.close()

    def __enter__(self) -> Self:
        """Return the collector."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the environment."""
        self.close()

    def open(self) -> None:
        """Start what plays, which else starts with the first episode; may be called again."""
        _ = self.env

    def _play(self, missing: int, given: PolicyLike, keep: Callable[[Trajectory], None]) -> None:
        seed = self._seed if self._done == 0 else episode_seed(self._seed, self._done)
        before, steps = self.steps, {0: 0}

        def take(ended: Ended) -> None:
            steps[ended.first] = ended.decisions
            self.steps = before + sum(steps.values())
            if isinstance(ended.one, DataError):
                self.problems.append(str(ended.one))
                return
            keep(ended.one)
            self._done += 1
            if self._on_episode is not None:
                self._on_episode(self._done)

        self._collect(missing, given, seed, take)
        if not self._done:
            raise DataError(f"no episode could be kept: {self.problems[0]}")

    def _collect(
        self, episodes: int, given: PolicyLike, seed: int, take: Callable[[Ended], None]
    ) -> None:
        """Play episodes; `take` is told of each when it ends."""
        policy, name = as_policy(given, self.env, seed)
        for ended in collected(self.env, policy, episodes, seed, {**self._meta, "policy": name}):
            take(ended)


@dataclass(frozen=True)
class Ended:
    """An episode that ended; can be pickled.

    Attributes:
        number: of the episode.
        one: what is kept, or why nothing is.
        decisions: of all agents of the environment until then.
        first: number of the environment's first agent, which tells environments apart.
    """

    number: int
    one: Trajectory | DataError
    decisions: int
    first: int = 0


def collected(
    env: VecEnv,
    policy: Policy,
    episodes: int,
    seed: int,
    meta: dict[str, Any],
    part: Part | None = None,
) -> Iterator[Ended]:
    """Play the episodes 0 .. episodes - 1 of `seed` over all agents; yield each when it ends.

    Args:
        env: not wrapped by a normaliser.
        policy: gets raw observations.
        episodes: how many.
        seed: of the episodes.
        meta: what every trajectory tells besides its episode.
        part: which of the agents these are: only their episodes are played; None: all.

    Raises:
        HarnessError: the environment failed, or nobody acts in it.
    """
    seats = seats_of(env)
    if part is not None and any(seat.number is None for seat in seats):
        raise UsageError(
            "this scene has seats for agents that come later: its episodes are collected on one "
            "machine only; leave out --backend ray"
        )
    env.seed(seed)
    whole = part or Part(0, len(seats))
    run = _Run(env, seats, episodes, seed, meta, whole)
    run.reset()
    starts = np.ones(env.num_envs, dtype=np.bool_)
    decisions = 0
    while run.wanted:
        policy.begin(starts)
        ended = run.step(policy.act(run.obs))
        starts = run.starts
        decisions += env.num_envs
        for number, one in ended:
            yield Ended(number, one, decisions, whole.first)


class _Run:
    """One collection under way: who plays which episode, and since when."""

    def __init__(
        self,
        env: VecEnv,
        seats: list[Seat],
        episodes: int,
        seed: int,
        meta: dict[str, Any],
        part: Part,
    ) -> None:
        self._env = env
        self._seats = seats
        self._seed = seed
        self._meta = meta
        self._total = part.total
        # Who comes later is recorded too, and numbered after those who were there at the start.
        spare = itertools.count(sum(seat.number is not None for seat in seats))
        self._index = part.first + np.array(
            [next(spare) if seat.number is None else seat.number for seat in seats]
        )
        self._since = np.zeros(len(seats), dtype=np.int64)
        self._infos: list[dict[int, dict[str, Any]]] = [{} for _ in seats]
        firsts = self._index.tolist()
        self._missing = {n for first in firsts for n in range(first, episodes, part.total)}
        self._silent = 0
        self._space = env.action_space
        self._log: StepLog | None = None
        self.obs: Any = None
        self.starts: NDArray[np.bool_] = np.ones(len(seats), dtype=np.bool_)

    @property
    def wanted(self) -> bool:
        return bool(self._missing)

    def reset(self) -> None:
        self.obs = self._env.reset()

    def step(self, actions: NDArray[Any]) -> list[tuple[int, Trajectory | DataError]]:
        """Act for all; return the wanted episodes that ended, each with its number."""
        done_by = (
            self._space.to_engine(actions).astype(np.float32)
            if isinstance(self._space, HybridBox)
            else actions
        )
        seen = self.obs if isinstance(self.obs, dict) else {DEFAULT_KEY: self.obs}
        log = self._log
        if log is None:
            log = self._log = StepLog(seen, done_by)
        self.obs, rewards, dones, infos = self._env.step(actions)
        log.add(seen, done_by, rewards)
        self.starts = dones
        for row, info in enumerate(infos):
            if len(info) > 1:
                self._note(row, info, log.time - 1)
        ended = []
        rows = np.flatnonzero(dones)
        for row in rows.tolist():
            number = int(self._index[row])
            if number in self._missing:
                self._missing.discard(number)
                ended.append((number, self._episode(log, row, number, infos[row])))
            self._index[row] += self._total
            self._since[row] = log.time
            self._infos[row] = {}
        if len(rows):
            log.forget(int(self._since.min()))
        self._silent = self._silent + 1 if all("absent" in info for info in infos) else 0
        if self._silent > _LONGEST_SILENCE:
            raise HarnessError("nobody is in the scene any more, so no episode can be collected")
        return ended

    def _note(self, row: int, info: dict[str, Any], time: int) -> None:
        if "absent" in info and "terminal_observation" not in info:
            # An empty seat: what the next agent in it does is an episode of its own.
            self._since[row] = time + 1
            self._infos[row] = {}
            return
        told = {key: _plain(v) for key, v in info.items() if key not in _OF_VEC_ENVS}
        if told:
            self._infos[row][time] = told

    def _episode(
        self, log: StepLog, row: int, number: int, info: dict[str, Any]
    ) -> Trajectory | DataError:
        start = int(self._since[row])
        arrays = log.taken(row, start)
        last = info.get("terminal_observation")
        final = last if isinstance(last, dict) else {DEFAULT_KEY: last}
        truncated = bool(info.get("TimeLimit.truncated", False))
        parameters = info.get("parameters")
        agent = self._seats[row].agent
        who = {} if agent is None else {"agent": agent.index, "group": agent.policy}
        try:
            return Trajectory(
                observations={
                    name.partition("/")[2]: np.concatenate(
                        [array, np.asarray(final[name.partition("/")[2]], array.dtype)[None]]
                    )
                    for name, array in arrays.items()
                    if name.startswith("observations/")
                },
                actions=arrays["actions"],
                rewards=arrays["rewards"],
                terminated=not truncated,
                truncated=truncated,
                infos={at - start: told for at, told in self._infos[row].items() if at >= start},
                seed=episode_seed(self._seed, number),
                parameters=dict(parameters) if isinstance(parameters, Mapping) else {},
                meta={**self._meta, "source": "DataCollector", "episode": number, **who},
            )
        except DataError as error:
            return DataError(f"episode {number} is not kept: {error}")


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it; what it cannot becomes text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
