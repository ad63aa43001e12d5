"""From what a run goes on: a given file, a milestone, the newest that fits, or nothing.

Called by the pipeline: first for the files that come into question, then, when the learners stand,
for the first one that fits them.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rl_training.checkpoints.policy_set import is_policy_set, read_policy_set
from rl_training.checkpoints.shapes import ModelShapes, difference, read_shapes, shapes_of
from rl_training.config import TrainConfig
from rl_training.errors import ModelError
from rl_training.runs.milestones import find_milestone, list_milestones
from rl_training.runs.paths import RunPaths
from rl_training.training.party.party import Party

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StartingPoints:
    """Files that a run may go on from.

    Attributes:
        files: the best one first.
        is_wanted: the first one was asked for: one that does not fit ends the run.
    """

    files: tuple[Path, ...] = ()
    is_wanted: bool = False


def starting_points(config: TrainConfig, paths: RunPaths) -> StartingPoints:
    """Return the files that a run may go on from, in the order of the settings.

    Raises:
        ModelError: a file or a milestone that was asked for is missing.
    """
    given = config.training
    if given.resume_from is not None:
        file = Path(given.resume_from)
        if not file.is_file():
            raise ModelError(f"training.resume_from: no model at {file}")
        return StartingPoints((file,), is_wanted=True)
    if given.milestone is not None:
        return StartingPoints((find_milestone(paths, given.milestone).checkpoint,), is_wanted=True)
    if given.resume:
        return StartingPoints((paths.resume_point(),), is_wanted=True)
    if not given.auto_resume:
        return StartingPoints()
    files = [each.checkpoint for each in list_milestones(paths)]
    files += paths.checkpoints()
    files += [paths.final_model] if paths.final_model.is_file() else []
    newest = sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return StartingPoints(tuple(newest))


def choose_start(points: StartingPoints, party: Party) -> Path | None:
    """Return the first file that fits the learners; None: begin anew.

    Args:
        points: of `starting_points`.
        party: the learners, untrained.

    Raises:
        ModelError: the file that was asked for does not fit; the message says in what.
    """
    for file in points.files:
        try:
            problem = what_differs(file, party)
        except ModelError as error:
            if points.is_wanted:
                raise
            problem = str(error)
        if not problem:
            return file
        if points.is_wanted:
            raise ModelError(f"cannot go on from {file}: {problem}")
        logger.info("not going on from %s: %s", file, problem)
    return None


def what_differs(file: Path, party: Party) -> str:
    """Return in what a checkpoint does not fit the learners, in words; empty: it fits.

    Raises:
        ModelError: the file is damaged or not a model.
    """
    pupils = party.pupils
    wanted = {pupil.name: shapes_of(pupil.learner.actor().model) for pupil in pupils}
    if not is_policy_set(file):
        if len(pupils) > 1:
            names = ", ".join(wanted)
            return (
                f"it was trained with one policy, the settings ask for {len(pupils)} ({names}); "
                "begin anew under another --experiment_name"
            )
        return difference(read_shapes(file), next(iter(wanted.values())))
    found = read_policy_set(file)
    missing = [name for name in wanted if name not in found.learning]
    if missing:
        return f"it holds no policy of {missing[0]!r} that has learned"
    with tempfile.TemporaryDirectory() as folder:
        for name, shapes in wanted.items():
            problem = _of_member(found.extract(name, Path(folder)), shapes)
            if problem:
                return f"{name}: {problem}"
    return ""


def _of_member(file: Path | None, shapes: ModelShapes) -> str:
    if file is None or file.suffix != ".zip":
        return "it holds no checkpoint of it"
    return difference(read_shapes(file), shapes)
