"""An actor of a cluster that trains trials, each in a process with engines of its own on its node.

Called by `remote_trials`, through Ray. A trial's run lies in a temporary folder of the node; its
files go back when it has ended.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from rl_training.config import TrainConfig
from rl_training.engine.guardian import GUARDIAN
from rl_training.envs.cluster.engine_actor import ActorTask, EngineActor
from rl_training.envs.cluster.game_files import unpack
from rl_training.envs.group_commands import Answer
from rl_training.errors import HarnessError, StorageError
from rl_training.runs.paths import RunPaths
from rl_training.studies.tune.trials import Evaluation, TrialRun, train_command

TRAIN, LOOK, ASK = "train", "look", "ask"
"""Commands: begin a `TrialJob`, whose answer is `TRAIN`; answer with a `TrialState`; do what a
`Wish` says."""
Wish: TypeAlias = Literal["end", "interrupt", "kill"]
Files: TypeAlias = tuple[tuple[str, bytes, int], ...]
"""Path below a run's root, with forward slashes, content, and time of the last change in ns."""

# Of the process that lives, not of the run.
_NOT_SENT = ("control", "live")


@dataclass(frozen=True)
class TrialJob:
    """What is trained; can be pickled.

    Attributes:
        config: of the run; its paths are those of the machine that sends it.
        files: of the run that it goes on with; empty: it begins.
    """

    config: TrainConfig
    files: Files = ()


@dataclass(frozen=True)
class TrialState:
    """How a trial stands; can be pickled.

    Attributes:
        evaluations: since the last state.
        output: what its process has printed since the last state.
        timesteps: done.
        is_over: its process has ended.
        was_stopped: before its last step, on purpose.
        failure: why it failed; empty: it did not.
        files: of its run, once it is over.
    """

    evaluations: tuple[Evaluation, ...]
    output: bytes
    timesteps: int
    is_over: bool = False
    was_stopped: bool = False
    failure: str = ""
    files: Files = ()


class TrialActor(EngineActor):
    """Trains one trial at a time. The engines of its task are those of a trial's own process."""

    command = staticmethod(train_command)

    def __init__(self, task: ActorTask) -> None:
        super().__init__(task)
        self._sent: dict[str, str] = {}
        self._run: TrialRun | None = None
        self._folder: Path | None = None
        self._printed = 0

    def start(self, packed: bytes | None, game: str) -> Answer:
        """Take the game where this node has none; no engine is launched yet."""
        try:
            if packed is not None:
                settings = unpack(self._task.settings, packed, game)
                if settings.project_path is not None:
                    self._sent = {"project_path": settings.project_path}
                elif settings.env_path is not None:
                    self._sent = {"env_path": settings.env_path}
        except HarnessError as error:
            return ("error", error)
        return ("ok", [], [])

    def answer(self, name: str, data: Any) -> Answer:
        """Do what a command says: `TRAIN`, `LOOK` or `ASK`."""
        try:
            if name == LOOK:
                return ("ok", self._look(), [])
            if name == TRAIN:
                self._train(data)
                return ("ok", TRAIN, [])
            assert name == ASK, f"unknown command {name!r}"
            if self._run is not None:
                {"end": self._run.end, "interrupt": self._run.interrupt, "kill": self._end}[data]()
            return ("ok", None, [])
        except HarnessError as error:
            self._end()
            return ("error", error)

    def close(self) -> None:
        """End what is trained, without saving."""
        self._end()
        super().close()

    def _train(self, job: TrialJob) -> None:
        self._end()
        folder = self._folder = Path(tempfile.mkdtemp(prefix="spacetime_rl_trial_"))
        put_files(folder, job.files)
        changes = {"run_root": str(folder), "environment": self._sent}
        self._run = TrialRun(job.config.replace(changes), folder, type(self).command)
        with _interruptible():
            self._run.start(resume=bool(job.files))
        self._printed = 0
        # It has a session of its own; a node whose actor is killed must not train on.
        GUARDIAN.watch(self._run.pid)

    def _look(self) -> TrialState:
        run = self._run
        if run is None:
            raise HarnessError("no trial is trained here any more")
        is_over = run.is_over  # before its files are read, or their last lines could be missed
        evaluations = tuple(run.new_evaluations())
        output = self._output(run)
        if not is_over:
            return TrialState(evaluations, output, run.timesteps)
        state = TrialState(
            evaluations,
            output,
            run.timesteps,
            is_over=True,
            was_stopped=run.was_stopped,
            failure=run.failure,
            files=run_files(run.paths),
        )
        self._end()
        return state

    def _output(self, run: TrialRun) -> bytes:
        with open(run.log, "rb") as log:
            log.seek(self._printed)
            text = log.read()
        self._printed += len(text)
        return text

    def _end(self) -> None:
        run, self._run = self._run, None
        folder, self._folder = self._folder, None
        if run is not None:
            run.kill()
            GUARDIAN.forget(run.pid)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def run_files(paths: RunPaths) -> Files:
    """Return the files of a run that has ended.

    Raises:
        StorageError: one cannot be read.
    """
    models = [path for path in paths.models.glob(f"{paths.experiment}_*") if path.is_file()]
    found = [*models, *_below(paths.policies), *_below(paths.logs)]
    try:
        return tuple(
            (path.relative_to(paths.root).as_posix(), path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(found)
            if path.parent != paths.logs or path.name not in _NOT_SENT
        )
    except OSError as error:
        raise StorageError(f"cannot read the run in {paths.root}: {error}") from error


def put_files(root: Path, files: Files) -> None:
    """Write a run's files below another root, with their times: the newest checkpoint counts.

    Raises:
        StorageError: that failed.
    """
    try:
        for name, content, changed_ns in files:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, ns=(changed_ns, changed_ns))
    except OSError as error:
        raise StorageError(f"cannot write the run into {root}: {error}") from error


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let a process that is started in the block hear SIGINT, which Ray blocks in its workers."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _below(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return [path for path in folder.rglob("*") if path.is_file() and "live" not in path.parts]
    return []
