"""The search: keeps trials running, reports their evaluations, prunes, and stops on Ctrl-C.

One thread looks at all processes in turn. Called by `spacetime-rl tune`; nothing is printed here.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rl_training.errors import ConfigError, HarnessError, UsageError
from rl_training.runs.span import span
from rl_training.studies.tune.results import best_row
from rl_training.studies.tune.space import Scalar
from rl_training.studies.tune.study import SearchStudy
from rl_training.studies.tune.trials import (
    Begin,
    Command,
    Evaluation,
    Training,
    TrialRun,
    train_command,
)
from rl_training.training.stop import StopRequest

if TYPE_CHECKING:
    from optuna.trial import Trial

logger = logging.getLogger(__name__)

_LOOK_S = 0.25
_HOPELESS = 3


@dataclass(frozen=True)
class Extent:
    """How much is searched, and by how many processes.

    Attributes:
        trials: of the whole study, those of other machines and of earlier calls included.
        n_jobs: trials that run beside each other.
        timeout_s: no trial begins after so many seconds; None: no bound.
        port: first port of the first trial's engines; None: each takes free ones.
        folder: of the study: settings and output of every trial.
    """

    trials: int
    n_jobs: int
    folder: Path
    timeout_s: float | None = None
    port: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("trials", 0), ("n_jobs", 1)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} must be at least {least}; found {getattr(self, name)}")


@dataclass
class _Live:
    """A trial that runs."""

    trial: Trial
    run: Training
    slot: int
    before_s: float
    pruned: bool = False


class Search:
    """Runs trials until there are enough.

    Args:
        study: asks and is told.
        extent: how much.
        command: what trains; None: `trials.train_command`.
        on_trial: called when a trial has ended, for instance to renew tables and pictures.
        begin: makes a trial's training; None: a process of this machine that runs `command`.
    """

    def __init__(
        self,
        study: SearchStudy,
        extent: Extent,
        command: Command = train_command,
        on_trial: Callable[[], None] = lambda: None,
        begin: Begin | None = None,
    ) -> None:
        self._study = study
        self._plan = study.plan
        self._extent = extent
        self._make = begin or (lambda config, _slot: TrialRun(config, extent.folder, command))
        self._on_trial = on_trial
        self._live: list[_Live] = []
        self._failed_in_a_row = 0
        self._last_reason = ""
        self._began = time.monotonic()
        self._ended = 0

    def run(self) -> bool:
        """Search; return whether it was interrupted.

        Raises:
            UsageError: the first trials all failed; the message says why.
            KeyboardInterrupt: a second Ctrl-C, which ends the trials at once.
        """
        interrupted = False
        with StopRequest() as stop:
            try:
                waiting = self._study.abandoned()
                while True:
                    if stop.requested and not interrupted:
                        interrupted = True
                        for live in self._live:
                            live.run.interrupt()
                    if not stop.requested:
                        self._fill(waiting)
                    for live in list(self._live):
                        self._look(live, interrupted)
                    if not self._live and (stop.requested or not self._may_begin(waiting)):
                        break
                    time.sleep(_LOOK_S)
            finally:
                for live in self._live:
                    live.run.kill()
        return interrupted

    def _may_begin(self, waiting: list[Trial]) -> bool:
        limit = self._extent.timeout_s
        if limit is not None and time.monotonic() - self._began >= limit:
            return False
        return bool(waiting) or self._study.begun < self._extent.trials

    def _fill(self, waiting: list[Trial]) -> None:
        while len(self._live) < self._extent.n_jobs and self._may_begin(waiting):
            self._require_hope()
            resumed = bool(waiting)
            self._begin(waiting.pop(0) if waiting else self._study.ask(), resumed)

    def _require_hope(self) -> None:
        """End a search in which nothing works; one trial that went well is reason to go on."""
        judged = any(row.value is not None for row in self._study.rows)
        if self._failed_in_a_row >= _HOPELESS and not judged:
            raise UsageError(
                f"the first {self._failed_in_a_row} trials all failed: {self._last_reason}"
            )

    def _begin(self, trial: Trial, resumed: bool) -> None:
        slot = min(set(range(self._extent.n_jobs)) - {live.slot for live in self._live})
        how = "goes on" if resumed else "begins"
        logger.info("trial %d %s: %s", trial.number, how, _words(trial.params))
        try:
            config = self._plan.trial_config(trial.number, trial.params)
            if self._extent.port is not None:
                # Its training's engines, and the one of its evaluations.
                port = self._extent.port + slot * (config.environment.num_envs + 1)
                config = config.replace({"environment": {"port": port}})
            run = self._make(config, slot)
            run.start(resume=resumed)
        except HarnessError as error:
            self._failed(trial, str(error))
            return
        self._live.append(_Live(trial, run, slot, trial.user_attrs.get("seconds", 0.0)))

    def _look(self, live: _Live, interrupted: bool) -> None:
        over = live.run.is_over  # before the file is read, or its last lines could be missed
        for evaluation in live.run.new_evaluations():
            self._report(live, evaluation)
        if live.pruned and not over:
            live.run.end()
        if over:
            self._live.remove(live)
            live.run.close()
            self._finish(live, interrupted)
            try:
                self._on_trial()
            except Exception as error:
                # Hours of search must not end because a page or a picture could not be written.
                logger.warning("tables and pictures are not renewed: %s", error)
            if not interrupted:
                self._tell_standing()

    def _report(self, live: _Live, evaluation: Evaluation) -> None:
        trial, number = live.trial, evaluation.timesteps // self._plan.config.evaluation.every
        known = self._study.rows[trial.number].evaluations
        value = self._plan.judged(evaluation.results)
        if number in known or not math.isfinite(value):
            return
        trial.report(value, number)
        logger.info(
            "trial %d at %s steps: %s %.4g",
            trial.number,
            f"{evaluation.timesteps:,}",
            self._plan.metric,
            value,
        )
        # Always asked: successive halving compares with what earlier trials were asked at.
        is_bad = trial.should_prune()
        if is_bad and not live.run.is_over:
            live.pruned = True

    def _finish(self, live: _Live, interrupted: bool) -> None:
        trial, run = live.trial, live.run
        trial.set_user_attr("seconds", round(live.before_s + run.seconds, 1))
        trial.set_user_attr("timesteps", run.timesteps)
        if interrupted and (run.failure or run.was_stopped):
            logger.info("trial %d is interrupted; the study's next call goes on", trial.number)
            return
        if run.failure:
            self._failed(trial, run.failure)
        elif not self._study.rows[trial.number].evaluations:
            self._failed(trial, "it ended before its first evaluation")
        elif live.pruned and run.was_stopped:
            self._study.prune(trial)
            self._failed_in_a_row = 0
            logger.info("trial %d is pruned at %s steps", trial.number, f"{run.timesteps:,}")
        else:
            value = self._study.complete(trial)
            self._failed_in_a_row = 0
            logger.info(
                "trial %d is done: %s %.4g in %.0f s",
                *(trial.number, self._plan.metric, value, live.before_s + run.seconds),
            )

    def _tell_standing(self) -> None:
        """Say how far the search is, and how long the rest takes at this call's pace."""
        self._ended += 1
        rows = self._study.rows
        done = self._study.begun - len(self._live)
        each = (time.monotonic() - self._began) / self._ended
        left = max(0, self._extent.trials - done) * each
        best = best_row(self._plan, rows)
        logger.info(
            "%d of %d trials%s%s",
            done,
            self._extent.trials,
            f"; the best is {best.value:.4g} (trial {best.number})" if best is not None else "",
            f"; about {span(left)} left" if left else "",
        )

    def _failed(self, trial: Trial, reason: str) -> None:
        self._failed_in_a_row += 1
        self._last_reason = reason
        with contextlib.suppress(HarnessError):
            self._study.fail(trial, reason)
        logger.warning("trial %d failed: %s", trial.number, reason)


def _words(chosen: dict[str, Scalar]) -> str:
    return ", ".join(
        f"{path.rpartition('.')[2]} {value:.4g}"
        if isinstance(value, float)
        else f"{path.rpartition('.')[2]} {value}"
        for path, value in chosen.items()
    )
