"""An exploration spread over the actors of a Ray cluster.

Called by `spacetime-rl explore --backend ray`. An actor owns some of the engines and explores with
them as one machine does: a share of the decisions and of the levels, random numbers and an archive
of its own. Its findings come here with their trails, and are merged. What confirms findings does it
here, as usual.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Hashable, Iterator

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.connection import connected
from rl_training.envs.cluster.crew import Crew
from rl_training.envs.cluster.jobs import crew_of, play_jobs
from rl_training.envs.settings import EXPLORE_ARGS, EnvSettings
from rl_training.errors import ConfigError, HarnessError
from rl_training.exploration.calibration import Calibration
from rl_training.exploration.explorer import Exploration, OnProgress
from rl_training.exploration.exploring_actor import (
    Calibrated,
    ExploringActor,
    Item,
    Job,
    Played,
)
from rl_training.exploration.merge import merged
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.world import TIED, TOGETHER, is_to_be_tied, with_words
from rl_training.play.sent_models import SentModels
from rl_training.protocol import EnvInfo

_log = logging.getLogger(__name__)


def explore_on_cluster(
    cluster: ClusterSettings, request: ExplorationRequest, on_progress: OnProgress | None = None
) -> Exploration:
    """Play a game on a cluster and look for what is wrong with it. Findings are not confirmed yet.

    Args:
        cluster: where.
        request: what to play and how; its engines are those of all nodes together. With `minutes`
            or `stop_at_first` each actor stops by itself.
        on_progress: told of decisions of all actors together.

    Returns:
        What all actors found. With one actor it is what `explore` finds. With several, a finding's
        `step` and `episode` are those of the actor (`job`) that saw it first: its place among the
        actor's own decisions. When too many actors were lost, what the others found, and
        `stopped` says so.

    Raises:
        UsageError: Ray is not installed, or the cluster cannot be used.
        ConfigError: there are fewer decisions than engines.
        HarnessError: the game does not start, or all actors failed.
    """
    engines = request.game.num_envs
    if request.decisions < engines:
        raise ConfigError(
            f"{request.decisions} decisions cannot be split over {engines} engines: give more "
            "--decisions, or fewer --num_envs"
        )
    models = SentModels.of(file for players in request.policies for file in players.files)
    # Views of mappings cannot be pickled.
    sent = dataclasses.replace(request, parameters=dict(request.parameters))
    with _crew(cluster, request.game) as (crew, infos, notes):
        # The first actor has as many engines as any.
        arenas = sum(max(info.arenas) + 1 for info in infos[: crew.tasks[0].count])
        whole = Job(0, sent, models, arenas)
        calibration = _calibrated(crew, whole)
        jobs = _jobs(crew, dataclasses.replace(whole, calibration=calibration))
        parts, stopped = _explored(crew, jobs, _Progress(on_progress))
    found = merged(request, calibration, parts)
    found.notes = [*notes, *found.notes]
    found.stopped = "; ".join(filter(None, (found.stopped, stopped)))
    return found


@contextlib.contextmanager
def _crew(
    cluster: ClusterSettings, game: EnvSettings
) -> Iterator[tuple[Crew, list[EnvInfo], list[str]]]:
    """Have the actors, what each engine is, and notes on how these were started."""
    asked = with_words(game, *EXPLORE_ARGS)
    with contextlib.ExitStack() as stack:
        # Stays while engines are started anew.
        stack.enter_context(connected(cluster, game.num_envs * cluster.cpus_per_engine))
        with crew_of(cluster, asked, ExploringActor) as (crew, infos):
            if not is_to_be_tied(infos[0]):
                yield crew, infos, []
                return
        tied = with_words(asked, TOGETHER)
        crew, infos = stack.enter_context(crew_of(cluster, tied, ExploringActor))
        yield crew, infos, [TIED]


def _calibrated(crew: Crew, job: Job) -> Calibration:
    """Let all actors play the same before the exploration; return what they measured together."""
    told: dict[int, Calibration] = {}

    def take(item: Calibrated) -> None:
        told[item.actor] = item.calibration

    jobs = {actor: dataclasses.replace(job, actor=actor) for actor in range(len(crew.tasks))}
    play_jobs(crew, jobs, _key, take)
    return Calibration.merged([told[actor] for actor in sorted(told)])


def _jobs(crew: Crew, whole: Job) -> dict[int, Job]:
    """Split an exploration: each actor gets as many decisions as its engines are of all engines."""
    request = whole.request
    engines = request.game.num_envs
    jobs = {}
    for actor, task in enumerate(crew.tasks):
        before = request.decisions * task.first // engines
        after = request.decisions * (task.first + task.count) // engines
        own = dataclasses.replace(
            request, decisions=after - before, job=actor, jobs=len(crew.tasks)
        )
        jobs[actor] = dataclasses.replace(whole, actor=actor, request=own)
    return jobs


def _explored(
    crew: Crew, jobs: dict[int, Job], progress: _Progress
) -> tuple[list[Exploration], str]:
    """Return what actors found, and what kept others from it; empty: nothing."""
    parts: list[Exploration] = []

    def take(item: Played | Exploration) -> None:
        if isinstance(item, Exploration):
            parts.append(item)
        else:
            progress.take(item)

    try:
        play_jobs(crew, jobs, _key, take)
    except HarnessError as error:
        # What was found until now is worth telling.
        if not parts:
            raise
        stopped = " ".join(str(error).split())
        _log.warning("%s", stopped)
        return parts, stopped
    return parts, ""


class _Progress:
    """Adds up what actors tell on their way."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._decisions: dict[int, int] = {}
        self._found: set[str] = set()

    def take(self, told: Played) -> None:
        # Who was lost plays again what it had played.
        self._decisions[told.actor] = max(told.decisions, self._decisions.get(told.actor, 0))
        for line in told.found:
            if line not in self._found:
                self._found.add(line)
                _log.info("found %s", line)
        if self._on_progress is not None:
            self._on_progress(sum(self._decisions.values()), len(self._found))


def _key(item: Item) -> Hashable:
    """Return what tells an actor's items apart."""
    return item.decisions if isinstance(item, Played) else type(item).__name__
