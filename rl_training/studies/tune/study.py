"""Everything that touches Optuna: storages, the study, samplers and pruners, trials as plain rows.

Called by `search` and the command. Importing it without Optuna is one clear line of error.
"""

from __future__ import annotations

import dataclasses
import math
import sys
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rl_training.errors import UsageError
from rl_training.studies.tune.plan import SearchPlan
from rl_training.studies.tune.space import Distribution, Scalar
from rl_training.studies.tune.trials import is_abandoned, owner

try:
    import optuna
    from optuna.distributions import (
        BaseDistribution,
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )
    from optuna.storages import BaseStorage, JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
    from optuna.trial import FrozenTrial, Trial, TrialState
except ImportError as error:
    raise UsageError(
        "the search needs Optuna, which is not installed: pip install 'spacetime-rl[tune]'"
    ) from error

State = Literal["complete", "pruned", "failed", "running", "waiting"]
JOURNAL = "trials.journal"
_PLAN = "plan"
_TRIALS = "trials"
TRIALS = 30
"""Trials of a study when nobody says how many."""
_STATES: Mapping[TrialState, State] = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}


@dataclass(frozen=True)
class TrialRow:
    """What is known of a trial.

    Attributes:
        number: of the trial, from 0.
        state: a running one may be interrupted, and be gone on with.
        chosen: path to a number or a label.
        value: what it is judged by; of a pruned one its last evaluation; None: it has none.
        evaluations: number of the evaluation, from 1, to the metric.
        run: name of its run.
        timesteps: done.
        seconds: that it took, resumed parts included.
        is_base: its choice is that of the base settings.
        reason: why it failed; empty otherwise.
    """

    number: int
    state: State
    chosen: Mapping[str, Scalar]
    value: float | None = None
    evaluations: Mapping[int, float] = field(default_factory=dict)
    run: str = ""
    timesteps: int = 0
    seconds: float = 0.0
    is_base: bool = False
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the row as values that JSON can hold."""
        return dataclasses.asdict(self)


def open_storage(where: str | None, folder: Path) -> BaseStorage:
    """Open what holds the trials.

    Args:
        where: a database's URL, for instance postgresql://... or sqlite:///file; or a journal file,
            which machines may share by a network folder; None: a journal in `folder`.
        folder: of the study.

    Raises:
        UsageError: it cannot be opened.
    """
    if where is not None and "://" in where:
        try:
            return RDBStorage(where)
        except Exception as error:  # SQLAlchemy's, the driver's, or a missing driver
            raise UsageError(f"--storage {where.partition('://')[0]}://...: {error}") from error
    path = folder / JOURNAL if where is None else Path(where)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = JournalFileOpenLock(str(path)) if sys.platform == "win32" else None
        return JournalStorage(JournalFileBackend(str(path), lock))
    except (OSError, ValueError) as error:
        raise UsageError(f"--storage {path} cannot be used: {error}") from error


def saved_plan(name: str, storage: BaseStorage) -> SearchPlan | None:
    """Return the plan of a study that exists; None: there is none of that name.

    Raises:
        UsageError: another program made the study.
        ConfigError: another version made it, whose settings this one does not know.
    """
    if name not in (each.study_name for each in storage.get_all_studies()):
        return None
    study = optuna.load_study(study_name=name, storage=storage)
    if _PLAN not in study.user_attrs:
        raise UsageError(f"the study {name!r} was not made by this command: choose another --study")
    return SearchPlan.from_dict(study.user_attrs[_PLAN])


class SearchStudy:
    """A study: asks for trials, is told what became of them.

    Args:
        plan: what is searched.
        storage: where the trials are.

    Raises:
        UsageError: the study exists and is another search.
    """

    def __init__(self, plan: SearchPlan, storage: BaseStorage) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        known = saved_plan(plan.name, storage)
        if known is not None:
            _require_same(plan, known)
        self.plan = plan
        self._study = optuna.create_study(
            study_name=plan.name,
            storage=storage,
            load_if_exists=True,
            direction="maximize" if plan.higher_is_better else "minimize",
            sampler=_sampler(plan, _trials_of(plan.name, storage)),
            pruner=_pruner(plan),
        )
        self._distributions = {
            path: _distribution(each) for path, each in plan.space.settings.items()
        }
        if known is None:
            self._study.set_user_attr(_PLAN, plan.to_dict())
            if plan.base_choice is not None:
                self._study.enqueue_trial(plan.base_choice, {"is_base": True})

    @property
    def rows(self) -> list[TrialRow]:
        """All trials, of all machines, by number."""
        return [_row(trial) for trial in self._study.get_trials(deepcopy=False)]

    @property
    def begun(self) -> int:
        """How many trials were begun, on all machines."""
        waiting = TrialState.WAITING
        return sum(each.state != waiting for each in self._study.get_trials(deepcopy=False))

    def target(self, wanted: int | None) -> int:
        """Return how many trials the study is to have, and remember it for the next call.

        Args:
            wanted: of this call; None: what the study was told before, else `TRIALS`.
        """
        if wanted is None:
            return int(self._study.user_attrs.get(_TRIALS, TRIALS))
        if wanted > 0:
            self._study.set_user_attr(_TRIALS, wanted)
        return wanted

    def ask(self) -> Trial:
        """Begin the next trial."""
        trial = self._study.ask(self._distributions)
        self._own(trial)
        return trial

    def abandoned(self) -> list[Trial]:
        """Take over the trials of this machine whose search was interrupted or killed."""
        found = []
        for frozen in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if is_abandoned(frozen.user_attrs.get("owner", {})):
                trial = Trial(self._study, frozen._trial_id)
                self._own(trial)
                found.append(trial)
        return found

    def complete(self, trial: Trial) -> float:
        """Finish a trial that was trained to its end; return its value."""
        evaluations = self.rows[trial.number].evaluations
        value = self.plan.value_of([evaluations[step] for step in sorted(evaluations)])
        self._study.tell(trial, value)
        return value

    def prune(self, trial: Trial) -> None:
        """Finish a trial that was ended early."""
        self._study.tell(trial, state=TrialState.PRUNED)

    def fail(self, trial: Trial, reason: str) -> None:
        """Finish a trial that went wrong."""
        trial.set_user_attr("reason", reason)
        self._study.tell(trial, state=TrialState.FAIL)

    def importance(self) -> dict[str, float]:
        """Return the share of each setting in what makes trials good; empty: too few trials."""
        complete = [row for row in self.rows if row.state == "complete"]
        if len(complete) < _ENOUGH or len({row.value for row in complete}) < 2:
            return {}
        found = optuna.importance.get_param_importances(self._study)
        return {path: float(share) for path, share in found.items() if math.isfinite(share)}

    def _own(self, trial: Trial) -> None:
        trial.set_user_attr("owner", dict(owner()))
        trial.set_user_attr("run", self.plan.run_name(trial.number))


_ENOUGH = 8
"""Finished trials from which on importances say something."""


def _trials_of(name: str, storage: BaseStorage) -> int:
    """Return how many trials a study has; 0 when there is none of that name."""
    summaries = optuna.get_all_study_summaries(storage)
    return next((each.n_trials for each in summaries if each.study_name == name), 0)


def _require_same(plan: SearchPlan, known: SearchPlan) -> None:
    different = plan.differences(known)
    if different:
        more = f" and {len(different) - 3} more" if len(different) > 3 else ""
        raise UsageError(
            f"the study {plan.name!r} is another search ({'; '.join(different[:3])}{more}); give "
            "its settings, or --study alone to go on with it, or another --study"
        )


def _sampler(plan: SearchPlan, begun: int) -> optuna.samplers.BaseSampler:
    # Machines that share a study must not choose alike, nor a later call as an earlier one.
    seed = (plan.seed + begun + zlib.crc32(str(owner()["machine"]).encode())) % 2**32
    if plan.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(
        n_startup_trials=plan.startup, multivariate=True, constant_liar=True, seed=seed
    )


def _pruner(plan: SearchPlan) -> optuna.pruners.BasePruner:
    total = plan.config.training.timesteps // max(1, plan.config.evaluation.every)
    least = max(1, total // 5)
    if plan.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=plan.startup, n_warmup_steps=least)
    if plan.pruner == "asha":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=least, reduction_factor=3)
    return optuna.pruners.NopPruner()


def _distribution(given: Distribution) -> BaseDistribution:
    if given.kind == "choice":
        return CategoricalDistribution(given.labels)
    if given.kind in ("float", "log"):
        return FloatDistribution(given.low, given.high, log=given.kind == "log")
    log = given.kind == "log_int"
    return IntDistribution(int(given.low), int(given.high), log=log, step=given.step)


def _row(trial: FrozenTrial) -> TrialRow:
    known = trial.user_attrs
    evaluations = dict(sorted(trial.intermediate_values.items()))
    value = trial.value if trial.state == TrialState.COMPLETE else None
    if trial.state == TrialState.PRUNED and evaluations:
        value = evaluations[max(evaluations)]
    return TrialRow(
        number=trial.number,
        state=_STATES[trial.state],
        chosen=dict(trial.params),
        value=value,
        evaluations=evaluations,
        run=known.get("run", ""),
        timesteps=known.get("timesteps", 0),
        seconds=known.get("seconds", 0.0),
        is_base=known.get("is_base", False),
        reason=known.get("reason", ""),
    )
