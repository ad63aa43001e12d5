"""Jobs that actors play on their engines, where these are: dealt out, gathered, begun anew.

Called by whoever spreads a play over a cluster: evaluations, ratings, collections, explorations.
It knows neither what a job is nor what comes of it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rl_training.config.sections import ClusterSettings
from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.cluster.connection import connected
from rl_training.envs.cluster.crew import ActorLostError, Crew
from rl_training.envs.cluster.game_files import absolute
from rl_training.envs.group_rows import check_equal
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError
from rl_training.protocol import EnvInfo

if TYPE_CHECKING:
    from rl_training.envs.cluster.job_actor import JobActor

_log = logging.getLogger(__name__)

PLAY, GO_ON = "play", "go_on"
"""Commands of a `JobActor`: begin a job, and play on; both answer with a `Stretch`."""

MAY_BE_LOST = 3
"""Actors that are made anew while jobs are played; what they had is played again."""


@dataclass(frozen=True)
class EnginesTold:
    """What engines told while a job was played; can be pickled.

    Attributes:
        engine: their version; empty: not told.
        messages: of their logs.
        groups: names of the scene's groups of agents, in its order.
    """

    engine: str = ""
    messages: EngineMessages = field(default_factory=EngineMessages)
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stretch:
    """What a job has brought since it was asked last; can be pickled.

    Attributes:
        items: in their order.
        told: what its engines told, where the job is over; None: it goes on.
    """

    items: tuple[Any, ...]
    told: EnginesTold | None


@contextlib.contextmanager
def crew_of(
    cluster: ClusterSettings, settings: EnvSettings, kind: type[JobActor]
) -> Iterator[tuple[Crew, list[EnvInfo]]]:
    """Have engines in actors of a cluster for the time of the block.

    Args:
        cluster: where.
        settings: of the engines of all nodes together.
        kind: of the actors.

    Yields:
        The actors, started, and what each engine is.

    Raises:
        UsageError: Ray is not installed, or the cluster cannot be used.
        ConfigError: the settings are of NumPy worlds, which need no engine.
        HarnessError: an engine does not start, or the engines are unlike.
    """
    if settings.twin is not None:
        raise ConfigError(
            "--backend ray places engines, but this scenario's NumPy worlds need none: add "
            "--simulator godot, or leave out --backend"
        )
    with contextlib.ExitStack() as stack:
        ray = stack.enter_context(connected(cluster, settings.num_envs * cluster.cpus_per_engine))
        crew = Crew(ray, absolute(settings), cluster, kind)
        stack.callback(crew.close)
        infos = crew.start()
        check_equal(infos)
        yield crew, infos


def play_jobs(
    crew: Crew,
    jobs: Mapping[int, Any],
    key: Callable[[Any], Hashable],
    take: Callable[[Any], None],
) -> EnginesTold:
    """Let actors play a job each; an actor that is lost is made anew and begins its job again.

    Args:
        crew: its actors are of a kind of `JobActor`.
        jobs: actor to what it plays.
        key: of an item; what was taken before its actor was lost is not taken again.
        take: told of every item as it comes; those of one actor in their order.

    Returns:
        What all engines told, added up.

    Raises:
        ActorLostError: more than `MAY_BE_LOST` were lost.
        HarnessError: a job failed; the message names the actor.
    """
    taken: dict[int, set[Hashable]] = {actor: set() for actor in jobs}
    told: dict[int, EnginesTold] = {}
    lost = 0
    for actor, job in jobs.items():
        crew.command(actor, PLAY, job)
    try:
        while len(told) < len(jobs):
            for actor, answer in crew.finished(wait=True):
                if isinstance(answer, ActorLostError):
                    lost += 1
                    if lost > MAY_BE_LOST:
                        raise answer
                    crew.replace(actor)
                    _log.warning("%s; made anew, it plays its part again", answer)
                    crew.command(actor, PLAY, jobs[actor])
                    continue
                stretch: Stretch = crew.value(actor, answer)
                if stretch.told is None:
                    crew.command(actor, GO_ON, None)
                else:
                    told[actor] = stretch.told
                for item in stretch.items:
                    if key(item) not in taken[actor]:
                        taken[actor].add(key(item))
                        take(item)
    finally:
        crew.forget()
    messages = EngineMessages()
    for each in sorted(told):
        messages += told[each].messages
    first = told[min(told)]
    return EnginesTold(first.engine, messages, first.groups)
