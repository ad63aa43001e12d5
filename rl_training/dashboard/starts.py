"""Trainings that are started from the dashboard: processes of their own, in their own session.

Called by `control`. The train command does the rest as it does for anyone (locks, supervision,
Ctrl-C saves). The server's death ends none of them; `logs/.starts/NAME.json` tells the next server
which process is on its way before the run itself has written anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from rl_training.dashboard.messages import Start
from rl_training.errors import ConfigError, HarnessError, UsageError, nearest
from rl_training.runs.atomic import write_text
from rl_training.runs.paths import RunPaths
from rl_training.runs.processes import is_running, package_environment
from rl_training.runs.status import read_status

MOST_STARTED = 8
"""Trainings that may be on their way at once."""
_TAIL_BYTES = 4000


class TooManyError(HarnessError):
    """No more trainings are started now."""


class BusyError(UsageError):
    """The run lives already."""


@dataclass(frozen=True)
class Started:
    """A process that was started for a run.

    Attributes:
        run: name of the experiment.
        pid: of the process.
        process_started: its start, Unix seconds.
        command: its words.
    """

    run: str
    pid: int
    process_started: float
    command: tuple[str, ...]

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return is_running(self.pid, self.process_started)


class Starter:
    """Starts trainings under a root and knows those on their way.

    Args:
        root: folder of `models/` and `logs/`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "logs" / ".starts"
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, wanted: Start) -> Started:
        """Start a training.

        Args:
            wanted: what is trained.

        Raises:
            BusyError: the run lives.
            TooManyError: too many are on their way.
            UsageError: there is no such scenario or preset.
        """
        _check(wanted)
        paths = RunPaths(wanted.experiment_name, self._root)
        status, earlier = read_status(paths.status), self.found(wanted.experiment_name)
        if (status is not None and status.is_alive) or (earlier is not None and earlier.is_alive):
            raise BusyError(f"experiment {wanted.experiment_name!r} is being trained already")
        if sum(1 for each in self.on_their_way() if each.is_alive) >= MOST_STARTED:
            raise TooManyError(f"{MOST_STARTED} trainings that were started here still run")
        self._folder.mkdir(parents=True, exist_ok=True)
        words = self.command(wanted)
        with open(self._output(wanted.experiment_name), "wb") as output:
            child = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                close_fds=True,
                env={**package_environment(), "PYTHONUNBUFFERED": "1"},
            )
        self._children[child.pid] = child
        began = time.time()
        with contextlib.suppress(psutil.NoSuchProcess):
            began = psutil.Process(child.pid).create_time()
        started = Started(wanted.experiment_name, child.pid, began, tuple(words))
        write_text(self._record(started.run), json.dumps(asdict(started), indent=1) + "\n")
        return started

    def command(self, wanted: Start) -> list[str]:
        """Return the words of a training's process."""
        words = [sys.executable, "-m", "rl_training", "train", "--scenario", wanted.scenario]
        words += ["--experiment_name", wanted.experiment_name, "--run_root", str(self._root)]
        for preset in wanted.preset:
            words += ["--preset", preset]
        for name in ("timesteps", "num_envs", "arenas", "seed", "algorithm"):
            value = getattr(wanted, name)
            if value is not None:
                words += [f"--{name}", str(value)]
        return [*words, "--resume"] if wanted.resume else words

    def reap(self) -> None:
        """Take note of children that ended, so that they do not stay as zombies."""
        for pid, child in list(self._children.items()):
            if child.poll() is not None:
                del self._children[pid]

    def on_their_way(self) -> list[Started]:
        """Return all that were started here, by this server or by one before it."""
        names = sorted(path.stem for path in self._folder.glob("*.json"))
        return [found for name in names if (found := self.found(name)) is not None]

    def found(self, run: str) -> Started | None:
        """Return what was started for a run; None: nothing."""
        try:
            data: Any = json.loads(self._record(run).read_text(encoding="utf-8"))
            return Started(
                str(data["run"]),
                int(data["pid"]),
                float(data["process_started"]),
                tuple(data["command"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def waiting(self) -> list[dict[str, Any]]:
        """Return what has no status of its own yet, or never got one, as rows of runs.

        Stage "starting" while the process lives, "failed" with its last words when it ended.
        """
        rows = []
        for started in self.on_their_way():
            status = read_status(RunPaths(started.run, self._root).status)
            # Somebody trained the name after it: then its own status tells.
            if status is not None and status.started >= started.process_started - 1.0:
                continue
            alive = started.is_alive
            message = "" if alive else self.last_words(started.run)
            rows.append(_row(started, "starting" if alive else "failed", message))
        return rows

    def forget(self, run: str) -> None:
        """Leave a start out of the list that failed."""
        self._record(run).unlink(missing_ok=True)

    def interrupt(self, started: Started) -> None:
        """Ask a process to end that does not read its control file yet."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(started.pid, signal.SIGTERM)

    def last_words(self, run: str) -> str:
        """Return the last line that a process wrote."""
        try:
            with open(self._output(run), "rb") as file:
                end = file.seek(0, 2)
                file.seek(max(0, end - _TAIL_BYTES))
                lines = file.read().decode(errors="replace").split("\n")
        except OSError:
            return ""
        said = [line.strip() for line in lines if line.strip()]
        return said[-1] if said else ""

    def _record(self, run: str) -> Path:
        return self._folder / f"{run}.json"

    def _output(self, run: str) -> Path:
        return self._folder / f"{run}.log"


def _check(wanted: Start) -> None:
    from rl_training.config.presets import preset_names
    from rl_training.scenarios import scenario_names

    _known("scenario", [wanted.scenario], scenario_names())
    _known("preset", wanted.preset, preset_names())


def _known(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise ConfigError(
                f"unknown {what} {name!r}.{nearest(name, known)} Known: {', '.join(known)}"
            )


def _row(started: Started, stage: str, message: str) -> dict[str, Any]:
    words = started.command
    scenario = words[words.index("--scenario") + 1] if "--scenario" in words else ""
    return {
        "name": started.run,
        "stage": stage,
        "scenario": scenario,
        "algorithm": "",
        "timesteps": 0,
        "total": 0,
        "mean_reward": None,
        "success_rate": None,
        "rate": None,
        "eta_s": None,
        "best": None,
        "policies": {},
        "curriculum": {},
        "written": started.process_started,
        "message": message,
    }
