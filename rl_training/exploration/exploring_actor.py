"""An actor that explores with its engines, and what it tells on its way.

Made by `on_cluster`, through Ray. It explores as one machine does, with what a `Job` gives it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rl_training.envs.cluster.engine_actor import ActorTask
from rl_training.envs.cluster.job_actor import JobActor
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.exploration.archive import Archive
from rl_training.exploration.calibration import Calibration
from rl_training.exploration.explorer import Exploration, Explorer, calibrated
from rl_training.exploration.findings import MOST_CANDIDATES, FindingBook
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.world import World
from rl_training.play.sent_models import SentModels, moved

TELL_S = 1.0
"""Seconds after which an actor tells how far it is."""


@dataclass(frozen=True)
class Job:
    """What an actor does; can be pickled.

    Attributes:
        actor: its number.
        request: what it plays, with the models' paths on the machine that sends it.
        models: their files.
        most_arenas: of the actor that has most.
        calibration: of all actors together; None: calibrate, and explore nothing yet.
    """

    actor: int
    request: ExplorationRequest
    models: SentModels
    most_arenas: int
    calibration: Calibration | None = None


@dataclass(frozen=True)
class Calibrated:
    """What an actor measured before the exploration.

    Attributes:
        actor: its number.
        calibration: of its engines.
    """

    actor: int
    calibration: Calibration


@dataclass(frozen=True)
class Played:
    """How far an actor is.

    Attributes:
        actor: its number.
        decisions: of all its arenas until now.
        found: kinds and messages of what it found since it told last.
    """

    actor: int
    decisions: int
    found: tuple[str, ...]


Item = Calibrated | Played | Exploration
"""What comes of a job: a calibration; or how far it is, now and then, and at the end all of it."""


class ExploringActor(JobActor):
    """Explores with its engines."""

    def __init__(self, task: ActorTask) -> None:
        super().__init__(task)
        self._world: World | None = None

    def items(self, env: GodotVecEnv, job: Job) -> Iterator[Item]:
        """Yield what comes of a `Job`."""
        request = job.request
        if self._world is None:  # it reads the engines' logs on from where it stopped
            self._world = World(request.game, request.parameters, env)
        if job.calibration is None:
            yield Calibrated(job.actor, calibrated(request, self._world, job.most_arenas))
            return
        with job.models.written() as copies:
            policies = tuple(moved(players, copies) for players in request.policies)
            here = dataclasses.replace(request, policies=policies)
            explorer = Explorer(here, self._world, job.calibration)
        yield from _told(job.actor, explorer)
        yield _light(explorer.result)


def _told(actor: int, explorer: Explorer) -> Iterator[Played]:
    """Play to the end; yield how far it is now and then, and at the end."""
    result = explorer.result
    known, tell_at = 0, 0.0
    for decisions in explorer.played():
        if time.monotonic() < tell_at and decisions < result.request.decisions:
            continue
        tell_at = time.monotonic() + TELL_S
        new = list(result.book.findings.values())[known:]
        known += len(new)
        yield Played(actor, decisions, tuple(f"{one.kind}: {one.first.message}" for one in new))


def _light(found: Exploration) -> Exploration:
    """Return what travels: no ways to cells, and of trails only those that may be confirmed."""
    assert isinstance(found.archive, Archive), "an explorer's own"
    book = FindingBook()
    book.left_out = found.book.left_out
    for key, finding in found.book.findings.items():
        likely = sorted(finding.candidates, key=lambda each: -each[0])[:MOST_CANDIDATES]
        book.findings[key] = dataclasses.replace(finding, candidates=likely)
    return dataclasses.replace(found, book=book, archive=found.archive.without_trails())
