"""One living run as the disk sees it: its lock, status, control file, artefacts and log.

Called by the training pipeline, whose callbacks feed it. It knows no learner and needs no torch.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from rl_training.errors import StorageError
from rl_training.runs.artefacts import Kind, add_artefact
from rl_training.runs.control import ControlReader, Order
from rl_training.runs.lock import run_lock
from rl_training.runs.log_file import RunLog
from rl_training.runs.paths import RunPaths
from rl_training.runs.provenance import commit
from rl_training.runs.status import Stage, StatusWriter, new_status

logger = logging.getLogger(__name__)

_KEPT_ANSWERS = 8


class RunSession:
    """What a living run tells and is told; made by `open_run`.

    Args:
        paths: of the run.
        writer: of its status.
        log: its log file.
    """

    def __init__(self, paths: RunPaths, writer: StatusWriter, log: RunLog) -> None:
        self.paths = paths
        self.writer = writer
        self.log = log
        self.control = ControlReader(paths.control)
        self.stopped = False

    @property
    def id(self) -> str:
        """Of this very run, for reports and checkpoints."""
        return self.writer.status.id

    @contextlib.contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Show a stage for the length of a block, then the one before."""
        before = self.writer.status.stage
        self.writer.update(stage=stage)
        yield
        self.writer.update(stage=before)

    def made(self, kind: Kind, file: Path, timesteps: int) -> Path:
        """Add a file to the run's artefacts and return it."""
        add_artefact(self.paths, kind, file, timesteps)
        return file

    def answer(self, order: Order, result: str, *, refused: bool = False) -> None:
        """Say what became of a command, at once."""
        told = {
            "id": order.id,
            "command": order.command,
            "result": result,
            "refused": refused,
        }
        (logger.warning if refused else logger.info)("%s: %s", order.command, result)
        kept = [*self.writer.status.acknowledged, told][-_KEPT_ANSWERS:]
        self.writer.update(acknowledged=kept)
        self.writer.write()


@contextlib.contextmanager
def open_run(
    paths: RunPaths,
    *,
    resume: bool,
    total: int,
    algorithm: str = "",
    scenario: str = "",
) -> Iterator[RunSession]:
    """Hold a run: its name is taken, its status is kept, what it says is logged.

    Enter it before anything of an earlier run of the name is read, moved or removed. A fresh run
    moves the earlier one to the archive.

    Args:
        paths: of the run.
        resume: it goes on with the files that are there.
        total: timesteps at which it ends.
        algorithm: name of the learner.
        scenario: name of the scenario.

    Raises:
        RunBusyError: the experiment is being trained already.
        StorageError: the folders cannot be written.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(run_lock(paths))
        commit()
        if not resume:
            moved = paths.archive_earlier_run()
            if moved is not None:
                logger.info("the earlier run %r is in %s now", paths.experiment, moved)
        log = stack.enter_context(RunLog(paths))
        known = {"total": total, "algorithm": algorithm, "scenario": scenario}
        writer = StatusWriter(paths.status, new_status(paths.experiment, **known))
        session = RunSession(paths, writer, log)
        try:
            yield session
        except BaseException as error:
            wanted = isinstance(error, (KeyboardInterrupt, SystemExit))
            # The disk may be what failed; the error itself is what has to be told.
            with contextlib.suppress(StorageError):
                writer.update(
                    stage="stopped" if wanted else "failed",
                    message=" ".join(str(error).split()),
                    rate=None,
                    eta_s=None,
                )
            raise
        writer.update(stage="stopped" if session.stopped else "done", rate=None, eta_s=None)
        writer.write()
