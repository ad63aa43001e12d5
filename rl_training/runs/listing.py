"""The runs of a root, as a list: what each is doing and how good it was.

Called by `spacetime-rl runs` and by a dashboard. It reads a status and the end of the metrics of
each run, never a whole log, so that many long runs are listed as fast as few short ones.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError
from rl_training.runs.artefacts import Artefact, read_artefacts
from rl_training.runs.metrics import last_metrics
from rl_training.runs.paths import RunPaths, experiments
from rl_training.runs.policy_tags import policies_in, policy_tag
from rl_training.runs.span import span
from rl_training.runs.status import RunStatus, read_status
from rl_training.runs.text_table import text_table

UNKNOWN = "unknown"
"""Stage of a run without a status: an earlier version wrote it."""


@dataclass(frozen=True)
class RunRow:
    """One run of a root.

    Attributes:
        name: of the experiment.
        stage: see `RunStatus.stage`; "unknown" for a run that an earlier version wrote.
        algorithm: name of the learner; empty when unknown.
        scenario: name of the scenario; empty when unknown.
        timesteps: done until now.
        total: at which it ends; 0 when unknown.
        mean_reward: of the last episodes; None when unknown.
        success_rate: in [0, 1]; None when unknown.
        rate: timesteps per second; None unless it is learning.
        eta_s: seconds that are left; None unless it is learning.
        age_s: seconds since it last wrote anything.
        best: the best value of the evaluations in training; None without any.
        policies: of several policies, each by its name: {"timesteps", "mean_reward",
            "success_rate", "mean_length"}; empty where there is one.
        curriculum: how its lessons stand, by parameter; see `RunStatus.curriculum`.
    """

    name: str
    stage: str
    algorithm: str
    scenario: str
    timesteps: int
    total: int
    mean_reward: float | None
    success_rate: float | None
    rate: float | None
    eta_s: float | None
    age_s: float
    best: float | None
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    curriculum: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class RunDetails:
    """All that is known of one run.

    Attributes:
        row: as in the list.
        status: see `RunStatus`; None when an earlier version wrote the run.
        artefacts: its files, paths relative to the root.
        settings: its config.json; empty when there is none.
        metrics: newest value of every scalar.
    """

    row: RunRow
    status: RunStatus | None
    artefacts: list[Artefact]
    settings: dict[str, Any]
    metrics: dict[str, Any]


def list_runs(root: Path) -> list[RunRow]:
    """Return the runs of a root, the one that wrote last at the end."""
    rows = [run_row(RunPaths(name, root)) for name in experiments(root)]
    return sorted(rows, key=lambda row: -row.age_s)


def run_row(paths: RunPaths) -> RunRow:
    """Return one run of the list."""
    status, newest = read_status(paths.status), last_metrics(paths.metrics)
    known = status or RunStatus(experiment=paths.experiment)
    settings = read_settings(paths) if status is None else {}
    written = [
        file.stat().st_mtime for file in (paths.status, paths.metrics, paths.logs) if file.exists()
    ]
    return RunRow(
        name=paths.experiment,
        stage=UNKNOWN if status is None else status.stage,
        algorithm=known.algorithm or str(_of(settings, "algorithm", "name") or ""),
        scenario=known.scenario or str(settings.get("scenario", "")),
        timesteps=max(known.timesteps, int(newest.get("timesteps", 0))),
        total=known.total or int(_of(settings, "training", "timesteps") or 0),
        mean_reward=_first(known.mean_reward, newest.get("rollout/ep_rew_mean")),
        success_rate=_first(known.success_rate, newest.get("rollout/success_rate")),
        rate=known.rate,
        eta_s=known.eta_s,
        age_s=max(0.0, time.time() - max(written, default=0.0)),
        best=newest.get("eval/best"),
        policies=known.policies or _policies_of(newest),
        curriculum=known.curriculum,
    )


def run_details(paths: RunPaths) -> RunDetails:
    """Return all that is known of one run.

    Raises:
        UsageError: there is no such run.
    """
    if not paths.logs.is_dir():
        known = ", ".join(experiments(paths.root)) or "none"
        raise UsageError(f"no run {paths.experiment!r} in {paths.logs.parent}; there are {known}")
    return RunDetails(
        row=run_row(paths),
        status=read_status(paths.status),
        artefacts=read_artefacts(paths),
        settings=read_settings(paths),
        metrics=last_metrics(paths.metrics),
    )


def read_settings(paths: RunPaths) -> dict[str, Any]:
    """Return the run's config.json; empty when it is missing or damaged."""
    try:
        found = json.loads(paths.config.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def runs_text(rows: Sequence[RunRow]) -> str:
    """Return the list as a table for people."""
    if not rows:
        return "no runs yet; train one with `spacetime-rl train`"
    head = ("run", "stage", "steps", "reward", "success", "steps/s", "left", "age", "learner")
    cells = []
    for row in rows:
        cells.append(_run_cells(row))
        cells += [_policy_cells(name, at) for name, at in row.policies.items()]
        cells += [_lesson_cells(name, at) for name, at in row.curriculum.items()]
    return text_table(head, cells, left=(0, 1, 8))


def _run_cells(row: RunRow) -> tuple[str, ...]:
    return (
        row.name,
        row.stage,
        f"{row.timesteps:,}" + (f" of {row.total:,}" if row.total else ""),
        _number(row.mean_reward),
        "" if row.success_rate is None else f"{100.0 * row.success_rate:.0f} %",
        "" if row.rate is None else f"{row.rate:,.0f}",
        "" if row.eta_s is None else span(row.eta_s),
        span(row.age_s),
        " ".join(word for word in (row.algorithm, row.scenario) if word),
    )


def _policy_cells(name: str, at: dict[str, Any]) -> tuple[str, ...]:
    success, timesteps = at.get("success_rate"), at.get("timesteps")
    return (
        f"  {name}",
        "",
        "" if timesteps is None else f"{int(timesteps):,}",
        _number(at.get("mean_reward")),
        "" if success is None else f"{100.0 * success:.0f} %",
        *("", "", "", ""),
    )


def _lesson_cells(name: str, at: dict[str, Any]) -> tuple[str, ...]:
    return (f"  {name}", f"lesson {at.get('lesson')} of {at.get('of')}", *[""] * 7)


def _policies_of(newest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return how each policy stood by the metrics, of a run whose status does not tell."""
    names = {
        "timesteps": "time/total_timesteps",
        "mean_reward": "rollout/ep_rew_mean",
        "success_rate": "rollout/success_rate",
        "mean_length": "rollout/ep_len_mean",
    }
    return {
        policy: {name: newest.get(policy_tag(policy, tag)) for name, tag in names.items()}
        for policy in policies_in(newest)
    }


def runs_json(rows: Sequence[RunRow]) -> str:
    """Return {"format": 1, "runs": [...]} with the attributes of `RunRow`."""
    return json.dumps({"format": 1, "runs": [asdict(row) for row in rows]}, indent=1)


def details_text(details: RunDetails) -> str:
    """Return what is known of one run, for people."""
    lines = [runs_text([details.row])]
    if details.status is not None and details.status.message:
        lines.append(f"ended by: {details.status.message}")
    if details.status is not None:
        lines += [str(told.get("line", "")) for told in details.status.curriculum.values()]
    lines += [f"{each.kind:10} {each.path} at {each.timesteps:,}" for each in details.artefacts]
    return "\n".join(lines)


def details_json(details: RunDetails) -> str:
    """Return {"format": 1, ...} with the attributes of `RunDetails`."""
    return json.dumps({"format": 1, **asdict(details)}, indent=1)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _first(one: float | None, other: float | None) -> float | None:
    return other if one is None else one


def _of(settings: dict[str, Any], section: str, name: str) -> Any:
    """Return a setting from its section, or from the top, where earlier versions had it."""
    part = settings.get(section)
    return part.get(name) if isinstance(part, dict) else settings.get(name)
