"""One trial as a process of its own: an ordinary training run, watched through its files.

The run says how good it is in metrics.jsonl, takes the order to stop through its control file, and
saves when it is interrupted; so a trial is pruned, interrupted and resumed as any other run is.
Called by `search`. It knows nothing of Optuna.
"""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

import psutil

from rl_training.config import TrainConfig
from rl_training.config.files import write_yaml
from rl_training.config.layers import PATHS, flat, put_path
from rl_training.envs.settings import TOKEN_VARIABLE
from rl_training.errors import UsageError
from rl_training.runs.atomic import write_text
from rl_training.runs.control import send
from rl_training.runs.lock import run_lock
from rl_training.runs.metrics import read_new_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.processes import is_running, package_environment
from rl_training.runs.status import read_status
from rl_training.training.configuration import run_paths

PREFIX = "eval/"
_ORPHAN_S = 60.0
Command = Callable[[Path], Sequence[str]]
"""From a file of settings to the words that train by it."""


class Evaluation(NamedTuple):
    """One evaluation in training.

    Attributes:
        timesteps: done by then.
        results: metric to value.
    """

    timesteps: int
    results: dict[str, float]


class Training(Protocol):
    """A trial's training as the search sees it: a process of this machine, or of another."""

    @property
    def seconds(self) -> float:
        """Since its start."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        ...

    @property
    def failure(self) -> str:
        """Why it failed, in one line; empty when it ended well."""
        ...

    @property
    def was_stopped(self) -> bool:
        """Whether it ended before its last step, on purpose."""
        ...

    @property
    def timesteps(self) -> int:
        """Done until now."""
        ...

    def start(self, resume: bool = False) -> None:
        """Begin; an earlier run of the name that is not resumed is moved away."""
        ...

    def new_evaluations(self) -> list[Evaluation]:
        """Return the evaluations since the last call; those of an earlier part come again."""
        ...

    def end(self) -> None:
        """Ask it to save and end."""
        ...

    def interrupt(self) -> None:
        """Do as Ctrl-C does: a run that learns saves and ends."""
        ...

    def kill(self) -> None:
        """End it without saving; twice is safe."""
        ...

    def close(self) -> None:
        """Give back what it holds here; twice is safe."""
        ...


Begin = Callable[[TrainConfig, int], Training]
"""From settings and the place among those that train beside each other to a training."""


def train_command(settings: Path) -> list[str]:
    """Return the words that train by a file of settings, in a process like this one."""
    return [sys.executable, "-m", "rl_training", "train", "--config", str(settings)]


class TrialRun:
    """A training run in a process of its own.

    Args:
        config: of the run, with name and root.
        folder: gets its settings and its output.
        command: what trains.
    """

    def __init__(self, config: TrainConfig, folder: Path, command: Command = train_command) -> None:
        self.paths: RunPaths = run_paths(config)
        self._config = config
        self._folder = folder
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._offset = 0
        self._began = time.monotonic()
        self._asked = False

    @property
    def log(self) -> Path:
        """What the process prints."""
        return trial_log(self._folder, self.paths)

    @property
    def pid(self) -> int:
        """Of the process, which leads a session of its own; 0: it was not started."""
        return 0 if self._process is None else self._process.pid

    @property
    def seconds(self) -> float:
        """Since the start of the process."""
        return time.monotonic() - self._began

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self._process is None or self._process.poll() is not None

    @property
    def failure(self) -> str:
        """Why the process failed, in one line; empty when it ended well."""
        code = 0 if self._process is None else self._process.poll()
        if not code:
            return ""
        return _last_error(self.log) or f"the process ended with {code}; see {self.log}"

    @property
    def was_stopped(self) -> bool:
        """Whether the run ended before its last step, on purpose."""
        status = read_status(self.paths.status)
        return status is not None and status.stage == "stopped"

    @property
    def timesteps(self) -> int:
        """Done until now."""
        status = read_status(self.paths.status)
        return 0 if status is None else status.timesteps

    def start(self, resume: bool = False) -> None:
        """Start the process. An earlier run of the name that is not resumed is moved away.

        Args:
            resume: go on from the newest checkpoint, where the run has one.

        Raises:
            RunBusyError: another process trains a run of this name.
        """
        resume = make_way(self.paths, resume=resume)
        settings = self._config.replace({"training": {"resume": resume}}).public_dict()
        _make_absolute(settings)
        file = self._folder / f"{self.paths.experiment}.yaml"
        write_text(file, write_yaml(settings))
        self._offset = 0
        self._began = time.monotonic()
        self._output = open(self.log, "ab")  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(
            list(self._command(file)),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env=_environment(self._config.environment.token),
            # Ctrl-C is for the search, which passes it on.
            start_new_session=True,
        )

    def new_evaluations(self) -> list[Evaluation]:
        """Return the evaluations since the last call; those of an earlier part come again."""
        rows, self._offset = read_new_metrics(self.paths.metrics, self._offset)
        found = []
        for row in rows:
            results = {
                tag.removeprefix(PREFIX): value
                for tag, value in row.items()
                if tag.startswith(PREFIX) and value is not None
            }
            if "mean_reward" in results:
                found.append(Evaluation(int(row["timesteps"]), results))
        return found

    def end(self) -> None:
        """Ask the run to save and end, once; it does at its next decision."""
        if self._asked:
            return
        self._asked = True
        try:
            send(self.paths, "stop")
        except UsageError:
            # It has not opened its files yet, or ends already.
            self.interrupt()

    def interrupt(self) -> None:
        """Do as Ctrl-C does: a run that learns saves and ends."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End the process and all that it started, without saving; twice is safe."""
        if not self.is_over and self._process is not None:
            with contextlib.suppress(OSError):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self.close()

    def close(self) -> None:
        """Close the output's file; twice is safe."""
        output, self._output = self._output, None
        if output is not None:
            output.close()

    def _signal(self, number: int) -> None:
        if self._process is not None and not self.is_over:
            with contextlib.suppress(OSError):
                self._process.send_signal(number)


def trial_log(folder: Path, paths: RunPaths) -> Path:
    """Return the file of what a trial's process prints."""
    return folder / f"{paths.experiment}.log"


def make_way(paths: RunPaths, *, resume: bool) -> bool:
    """Get a run's files ready for its next process; return whether it goes on from a checkpoint.

    Args:
        paths: of the run.
        resume: go on, where there is a checkpoint; else an earlier run is moved away.

    Raises:
        RunBusyError: another process trains a run of this name.
    """
    resume = resume and (bool(paths.checkpoints()) or paths.final_model.is_file())
    _end_orphan(paths)
    if not resume:
        with run_lock(paths):
            # Now, or the earlier run's evaluations would be read as this one's.
            paths.archive_earlier_run()
    return resume


def _end_orphan(paths: RunPaths) -> None:
    """Let a run end and save whose search was killed; it may train on alone."""
    deadline = time.monotonic() + _ORPHAN_S
    with contextlib.suppress(UsageError):
        send(paths, "stop")
        while time.monotonic() < deadline:
            status = read_status(paths.status)
            if status is None or not status.is_alive:
                return
            time.sleep(0.2)


def with_absolute_paths(config: TrainConfig) -> TrainConfig:
    """Return settings that mean the same files in whatever folder a process is started."""
    settings = config.to_dict()
    _make_absolute(settings)
    algorithm, training = settings["algorithm"], settings["training"]
    if algorithm.get("demonstrations"):
        algorithm["demonstrations"] = [_absolute(each) for each in algorithm["demonstrations"]]
    if training["start_from"]:
        training["start_from"] = _absolute(training["start_from"])
    return TrainConfig.from_dict(settings)


def _make_absolute(settings: dict[str, Any]) -> None:
    """Make paths absolute: in a file they would start from the file's folder."""
    given = dict(flat(settings))
    for path in PATHS:
        if given.get(path):
            put_path(settings, path, os.path.abspath(given[path]))
    for policy in settings["policies"].values():
        if policy.get("model"):
            policy["model"] = os.path.abspath(policy["model"])


def _absolute(name: str) -> str:
    """Return the path of a file that is here; other names as they are."""
    return os.path.abspath(name) if os.path.exists(name) else name


def _environment(token: str) -> dict[str, str]:
    """Return the environment of a trial: this very package, and the token that no file holds."""
    found = package_environment()
    return {**found, TOKEN_VARIABLE: token} if token else found


def _last_error(log: Path) -> str:
    """Return the last error that a process printed, without its "error: "."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    errors = [line for line in lines if line.startswith("error: ")]
    if errors:
        return errors[-1].removeprefix("error: ")
    return lines[-1].strip() if lines else ""


def owner() -> Mapping[str, Any]:
    """Return who this process is, so that another one can tell whether it lives."""
    return {
        "machine": platform.node(),
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
    }


def is_abandoned(who: Mapping[str, Any]) -> bool:
    """Return whether an owner was a process of this machine that is gone."""
    if who.get("machine") != platform.node():
        return False
    if "pid" not in who or "started" not in who:
        return True
    return not is_running(int(who["pid"]), float(who["started"]))
