"""Which PPO settings learn fastest: what is varied, what is kept of a run, table and picture.

Called by `sweep_ppo.py`, which trains and evaluates. One setting is changed at a time against the
scenario's defaults, since throughput alone misleads: a large batch is fast and may learn little.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.errors import ConfigError, UsageError
from rl_training.evaluation.report import EvaluationReport
from rl_training.reporting.document import render as render_template
from rl_training.reporting.table import table
from rl_training.runs.atomic import atomic_path
from rl_training.scenarios import Scenario, get_scenario
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.benchmark.markdown import machine_rows

NOTES_MARK = "<!-- notes: sweep_ppo.py keeps what stands below this line -->"
_FORMAT = 1


@dataclass(frozen=True)
class Variant:
    """One set of settings.

    Attributes:
        name: in tables and on the command line.
        ppo: changes to the scenario's `PPOConfig`.
        agents_factor: copies of the scene in each engine, as a multiple of the default.
    """

    name: str
    ppo: Mapping[str, Any] = field(default_factory=dict)
    agents_factor: float = 1.0


VARIANTS = (
    Variant("default"),
    Variant("rollout_4096", {"rollout_size": 4096}),
    Variant("rollout_16384", {"rollout_size": 16384}),
    Variant("batch_512", {"batch_size": 512}),
    Variant("batch_8192", {"batch_size": 8192}),
    Variant("epochs_3", {"n_epochs": 3}),
    Variant("epochs_10", {"n_epochs": 10}),
    Variant("rate_5e-4", {"learning_rate": 5e-4}),
    Variant("rate_2e-3", {"learning_rate": 2e-3}),
    Variant("threads_2", {"torch_threads": 2}),
    Variant("agents_half", agents_factor=0.5),
    Variant("agents_x2", agents_factor=2.0),
)


@dataclass(frozen=True)
class Point:
    """One place on a learning curve.

    Attributes:
        seconds: since the first engine was started.
        timesteps: decisions of all agents.
        success: share of the last 100 episodes; None before one ended.
        reward: mean of the last 100 episodes; None before one ended.
    """

    seconds: float
    timesteps: int
    success: float | None
    reward: float | None


@dataclass(frozen=True)
class SweepRow:
    """What one variant gave with one seed.

    Attributes:
        variant: its name.
        seed: of the run.
        timesteps: decisions of all agents.
        seconds: of learning, engines' start excluded.
        evaluation: of the exported policy inside the engine, on episodes not trained on: numbers of
            the evaluation's report by name.
        curve: during training.
    """

    variant: str
    seed: int
    timesteps: int
    seconds: float
    evaluation: dict[str, float]
    curve: tuple[Point, ...]

    @property
    def rate(self) -> float:
        """Decisions per second, collecting and learning together."""
        return self.timesteps / self.seconds


@dataclass
class Sweep:
    """Everything that was measured.

    Attributes:
        command: how it was started.
        machine: where.
        scenario: what was learned.
        timesteps: of every run.
        episodes: of every evaluation.
        num_envs: engine processes.
        arenas: copies of the scene in each, by default.
        rows: what is there so far.
    """

    command: str
    machine: Machine
    scenario: str
    timesteps: int
    episodes: int
    num_envs: int
    arenas: int
    rows: list[SweepRow] = field(default_factory=list)

    def find(self, variant: str, seed: int) -> SweepRow | None:
        """Return what a variant gave with a seed, if it was measured."""
        for row in self.rows:
            if (row.variant, row.seed) == (variant, seed):
                return row
        return None

    def to_json(self) -> str:
        """Return the sweep as JSON."""
        return json.dumps({"format": _FORMAT, **dataclasses.asdict(self)}, indent=1) + "\n"

    def take_rows(self, text: str) -> None:
        """Take over the rows of an earlier sweep with the same settings.

        Raises:
            UsageError: the text is no sweep's, or its settings differ.
        """
        try:
            data = json.loads(text)
            for name in ("scenario", "timesteps", "episodes", "num_envs", "arenas"):
                if data[name] != getattr(self, name):
                    raise UsageError(
                        f"the earlier sweep has {name} {data[name]!r}, this one "
                        f"{getattr(self, name)!r}: give the same settings or another --json"
                    )
            self.rows = [_row(row) for row in data["rows"]]
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"the earlier result is not a sweep's JSON: {error!r}") from error


def choose(names: Sequence[str]) -> tuple[Variant, ...]:
    """Return the variants of these names; all, when none is named.

    Raises:
        ConfigError: there is no such variant.
    """
    known = {variant.name: variant for variant in VARIANTS}
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no variant {name!r}; known are {', '.join(known)}")
    return tuple(known[name] for name in names) or VARIANTS


def curve(metrics: Sequence[Mapping[str, Any]], started: float) -> tuple[Point, ...]:
    """Read a learning curve off the lines of a metrics file.

    Args:
        metrics: see `runs.metrics.read_metrics`.
        started: Unix seconds of the beginning.
    """
    return tuple(
        Point(
            seconds=round(row["time"] - started, 2),
            timesteps=row["timesteps"],
            success=row.get("rollout/success_rate"),
            reward=row.get("rollout/ep_rew_mean"),
        )
        for row in metrics
    )


def render(sweep: Sweep, earlier: str = "", plot: str = "") -> str:
    """Return the page: machine, table, picture, and the notes of the page until now.

    Args:
        sweep: what was measured.
        earlier: the file's text until now, whose notes are kept.
        plot: the picture's path relative to the file; empty: there is none.
    """
    settings = [
        ("command", f"`{sweep.command}`"),
        ("scenario", sweep.scenario),
        ("engines x arenas", f"{sweep.num_envs} x {sweep.arenas}"),
        ("decisions a run, episodes an evaluation", f"{sweep.timesteps:,}, {sweep.episodes}"),
    ]
    text = render_template(
        "ppo_sweep.md.j2",
        machine=table(("", ""), settings + machine_rows(sweep.machine)),
        rows=_rows(sweep),
        plot=plot,
        notes_mark=NOTES_MARK,
    )
    if NOTES_MARK in earlier:
        text += earlier.split(NOTES_MARK, 1)[1].removeprefix("\n")
    return text


@dataclass(frozen=True)
class Column:
    """A number of the evaluation's report that the table shows.

    Attributes:
        name: in the report.
        label: of the column.
        digits: after the point.
        factor: that it is multiplied by.
    """

    name: str
    label: str
    digits: int
    factor: float = 1.0


def columns(scenario: Scenario) -> tuple[Column, ...]:
    """Return reward, success, and the scenario's own metrics.

    What is counted and should not be shows as the share of episodes without any.
    """
    found = [Column("mean_reward", "reward", 1), Column("success_rate", "success, %", 0, 100.0)]
    for metric in scenario.metrics:
        words = metric.name.replace("_", " ")
        if metric.name == scenario.success_metric:
            continue
        if metric.unit or metric.higher_is_better:
            label = f"{words}, {metric.unit}" if metric.unit else words
            found.append(Column(metric.name, label, 1))
        else:
            found.append(Column(f"zero_{metric.name}_rate", f"no {words}, %", 0, 100.0))
    return tuple(found)


def evaluated(report: EvaluationReport) -> dict[str, float]:
    """Return the numbers of an evaluation that a row keeps, by name."""
    found = {"mean_reward": report.mean_reward, **report.metrics}
    if report.success_rate is not None:
        found["success_rate"] = report.success_rate
    return found


def _rows(sweep: Sweep) -> str:
    shown = columns(get_scenario(sweep.scenario))
    rows = [
        (
            f"`{row.variant}`",
            str(row.seed),
            f"{row.rate:,.0f}",
            f"{row.seconds:.0f}",
            *(
                f"{each.factor * row.evaluation[each.name]:.{each.digits}f}"
                if each.name in row.evaluation
                else "-"
                for each in shown
            ),
        )
        for row in sweep.rows
    ]
    header = ("variant", "seed", "decisions/s", "s", *(each.label for each in shown))
    return table(header, rows) if rows else "not measured"


def plot_curves(sweep: Sweep, path: Path) -> None:
    """Draw rolling success over seconds, a panel for each variant, a line for each seed.

    The first tenth of a run is left out: the episodes that ended by then are the short ones.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row.variant for row in sweep.rows))
    columns = min(4, max(1, len(names)))
    lines = -(-max(1, len(names)) // columns)
    figure = Figure(figsize=(2.4 * columns, 1.7 * lines + 0.5), dpi=110)
    FigureCanvasAgg(figure)
    panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).flat
    for axes, name in zip(panels, [*names, *[""] * (lines * columns - len(names))], strict=True):
        axes.spines[["top", "right"]].set_visible(False)
        if not name:
            axes.set_axis_off()
            continue
        for row in sweep.rows:
            if row.variant in ("default", name):
                points = [
                    (point.seconds, 100 * point.success)
                    for point in row.curve
                    if point.success is not None and point.timesteps >= 0.1 * row.timesteps
                ]
                own = row.variant == name
                if points:
                    axes.plot(
                        *zip(*points, strict=True),
                        color="tab:blue" if own else "0.8",
                        linewidth=1.4 if own else 1.0,
                        zorder=2 if own else 1,
                    )
        axes.set_title(name, fontsize=9)
        axes.set_ylim(0, 103)
        axes.grid(alpha=0.25)
    figure.supxlabel("seconds (grey: the default)", fontsize=9)
    figure.supylabel("success of the last 100 episodes, %", fontsize=9)
    figure.tight_layout()
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png")


def _row(data: Mapping[str, Any]) -> SweepRow:
    return SweepRow(**{**data, "curve": tuple(Point(**point) for point in data["curve"])})
