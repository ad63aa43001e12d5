"""status.json: how a run stands, for whoever watches it (`spacetime-rl runs`, a dashboard).

Written by `session`; read by `listing`. Writing is bounded in time, not in steps: a call that is
not due costs one look at the clock.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import psutil

from rl_training.runs.atomic import write_text
from rl_training.runs.processes import is_running

Stage = Literal[
    "starting",
    "learning",
    "evaluating",
    "paused",
    "saving",
    "exporting",
    "done",
    "stopped",
    "failed",
    "dead",
]
ENDED: tuple[Stage, ...] = ("done", "stopped", "failed", "dead")
"""Stages in which no process works on the run any more."""

FORMAT = 1
EVERY_S = 2.0
"""Seconds between two writes while the stage stays the same."""
_SILENT_S = 60.0  # a run of another machine that has not written for so long is dead


@dataclass(frozen=True)
class RunStatus:
    """How a run stands.

    Attributes:
        experiment: name of the run.
        id: of this very run; a resumed part has one of its own.
        pid: of the process that trains, with its start time in Unix seconds and its machine.
        process_started: see `pid`.
        machine: see `pid`.
        stage: what it is doing. "dead" is never written: it is what a reader finds when the
            process is gone and said nothing.
        timesteps: decisions of all agents done, resumed parts included.
        total: timesteps at which it ends.
        rate: timesteps per second, over the last seconds; None: not known yet.
        eta_s: seconds that are left at that rate.
        mean_reward: of the last episodes; None before enough have ended.
        success_rate: the same, in [0, 1]; None where the scene reports none.
        policies: of several policies, each by its name: {"timesteps", "mean_reward",
            "success_rate", "mean_length"}; empty where there is one.
        curriculum: of each parameter that has lessons: {"lesson" (from 1), "of", "name", "measure"
            (what it is judged by), "value" (of that), "threshold", "episodes", "min_episodes",
            "line" (the same for people)}; empty where there are none.
        levels: how levels are chosen (docs/levels.md), figures by name; empty where each is fresh.
        self_play: of frozen opponents: {"live", "arenas", "playing" (names), "opponents" (of the
            pool, by name: {"win_rate", "episodes"}), "waits_for" (lines)}; empty where none play.
        heartbeat: Unix seconds of the last write.
        started: Unix seconds at which the run began.
        algorithm: name of the learner.
        scenario: name of the scenario.
        message: why it failed; empty otherwise.
        acknowledged: the last commands that it obeyed or refused, the newest at the end:
            {"id", "command", "result", "refused"}.
    """

    experiment: str = ""
    id: str = ""
    pid: int = 0
    process_started: float = 0.0
    machine: str = ""
    stage: Stage = "starting"
    timesteps: int = 0
    total: int = 0
    rate: float | None = None
    eta_s: float | None = None
    mean_reward: float | None = None
    success_rate: float | None = None
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    curriculum: dict[str, dict[str, Any]] = field(default_factory=dict)
    levels: dict[str, float] = field(default_factory=dict)
    self_play: dict[str, Any] = field(default_factory=dict)
    heartbeat: float = 0.0
    started: float = 0.0
    algorithm: str = ""
    scenario: str = ""
    message: str = ""
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    format: int = FORMAT

    @property
    def is_alive(self) -> bool:
        """True while a process works on the run."""
        return self.stage not in ENDED


def new_status(experiment: str, **known: Any) -> RunStatus:
    """Return the status of a run that this process starts now."""
    now = time.time()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    return RunStatus(
        experiment=experiment,
        id=f"{experiment}-{stamp}-{secrets.token_hex(2)}",
        pid=os.getpid(),
        process_started=psutil.Process().create_time(),
        machine=platform.node(),
        heartbeat=now,
        started=now,
        **known,
    )


class StatusWriter:
    """Keeps status.json up to date.

    Args:
        path: the file.
        status: what is written at once.
        every_s: seconds between two writes; a change of stage is written at once.
    """

    def __init__(self, path: Path, status: RunStatus, every_s: float = EVERY_S) -> None:
        self.status = status
        self._path = path
        self._every_s = every_s
        self._due = 0.0
        self.write()

    @property
    def is_due(self) -> bool:
        """True when `update` would write; ask before computing what is expensive."""
        return time.monotonic() >= self._due

    def update(self, **changes: Any) -> None:
        """Take over changes, and write them when they are due, or at once with a new stage.

        Args:
            changes: attributes of `RunStatus`.
        """
        at_once = "stage" in changes and changes["stage"] != self.status.stage
        self.status = dataclasses.replace(self.status, **changes)
        if at_once or self.is_due:
            self.write()

    def write(self) -> None:
        """Write the file now.

        Raises:
            StorageError: the folder cannot be written, or the disk is full.
        """
        self.status = dataclasses.replace(self.status, heartbeat=time.time())
        write_text(self._path, json.dumps(dataclasses.asdict(self.status), indent=1) + "\n")
        self._due = time.monotonic() + self._every_s


def read_status(path: Path) -> RunStatus | None:
    """Return how a run stands; None when the file is missing or is no status.

    A run whose process is gone without a word is "dead".
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict):
        return None
    known = {each.name for each in dataclasses.fields(RunStatus)}
    status = RunStatus(**{name: value for name, value in data.items() if name in known})
    if status.stage not in get_args(Stage):
        return None
    if status.is_alive and not _lives(status):
        status = dataclasses.replace(status, stage="dead", rate=None, eta_s=None)
    return status


def _lives(status: RunStatus) -> bool:
    if status.machine != platform.node():
        return time.time() - status.heartbeat < _SILENT_S
    return is_running(status.pid, status.process_started)
