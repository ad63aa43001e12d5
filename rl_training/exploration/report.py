"""The report of an exploration, as JSON: what was found, how often, how to see it again.

`make_report` makes it of an `Exploration`; the page (reporting/exploration_page.py), the command
and studies read it. `report.schema.json` beside this file is its schema.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rl_training.errors import UsageError
from rl_training.exploration.explorer import Exploration
from rl_training.exploration.findings import Finding
from rl_training.runs.atomic import write_text
from rl_training.runs.provenance import commit, versions

FORMAT = 1
MOST_CURVE = 500
"""Points of the coverage's curve that are kept."""
_MOST_CELLS = 2000


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class FindingRow(_Part):
    """One finding."""

    id: str = Field(description="the same in every run; what a list of known findings names")
    kind: str = Field(description="in snake_case")
    message: str
    where: str = Field("", description="sets findings of one kind and message apart")
    data: dict[str, Any] = Field(default_factory=dict, description="what else is known")
    count: int = Field(description="sightings, at most one for each message and episode")
    episodes: int = Field(description="episodes in which it was seen")
    episodes_per_1000: float = Field(description="of all episodes")
    first_step: int = Field(
        description="decisions of all arenas, of that job, until it was seen first"
    )
    first_episode: int = Field(description="number of that episode in that job, from 0")
    job: int = Field(0, description="of several jobs the one that saw it first, from 0")
    way: str = Field(description="how that episode was played")
    decision: int = Field(description="of its episode at which it was seen; -1: the beginning")
    decisions: int = Field(description="length of the shortest way to it that is known")
    level: int = Field(description="the episode's seed; -1: a numbered episode")
    confirmed: bool | None = Field(description="seen again when played anew; null: not tried")
    times_ms: list[float] = Field(default_factory=list, description="of a slow tick, played anew")
    replay: str = Field("", description="its recording, beside the report; empty: none")
    identical: bool | None = Field(None, description="the recording was played again bit by bit")
    known: bool = Field(False, description="it stands in the list of known findings")
    note: str = ""


class Coverage(_Part):
    """What was seen of the game."""

    cells: int = Field(description="different cells that an agent was in")
    returnable: int = Field(description="cells with a known way to them")
    source: str = Field(description="what a cell is")
    curve: list[tuple[int, int]] = Field(
        description="[decisions, cells], rising; of several jobs the cells of all, over the "
        "decisions of one"
    )
    visits: dict[str, int] = Field(description="decisions in each cell, the most visited first")


class ReturnsRow(_Part):
    """How exactly states were returned to."""

    tried: int
    exact: int = Field(description="those after which the observation was the same")
    first_difference: str = Field(description="of the first return that was not exact")


class CalibrationRow(_Part):
    """What was measured before."""

    repeats: bool | None = Field(description="same level and actions, same observations")
    first_difference: str
    unsteady: list[int] = Field(description="elements of the observation that did not repeat")
    tick_ms: float = Field(description="median of the longest tick of a decision")
    spread_ms: float = Field(description="99.9 % of repeated ticks took at most so much longer")
    slow_ms: float = Field(description="a tick beyond it was looked at again")
    stuck_radius: float = Field(description="m or pixels; 0: agents were not looked at")


class ExplorationReport(_Part):
    """What `spacetime-rl explore` writes."""

    format: int = FORMAT
    game: str
    scene: str
    way: str
    seed: int
    parameters: dict[str, Any]
    decisions: int = Field(description="over all arenas, without calibration and replays")
    episodes: dict[str, int] = Field(description="ended or cut off, by way")
    seconds: float
    decisions_per_s: float
    arenas: int
    jobs: list[int] = Field(
        default_factory=list,
        description="decisions of each of several jobs that played beside each other on a "
        "cluster; the curve, first_step and first_episode count those of one. Empty: one machine, "
        "or one job",
    )
    stopped: str = Field(description="why it ended early; empty: it did not")
    notes: list[str]
    findings: list[FindingRow] = Field(description="seen for certain, or seen again")
    unconfirmed: list[FindingRow] = Field(description="seen once and not again when played anew")
    left_out: dict[str, int] = Field(description="kinds with more findings than are kept")
    coverage: Coverage
    returns: ReturnsRow
    calibration: CalibrationRow
    limits: dict[str, Any]
    commit: str
    versions: dict[str, str]

    @property
    def new(self) -> list[FindingRow]:
        """Findings that are not in the list of known ones."""
        return [row for row in self.findings if not row.known]

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        write_text(path, self.model_dump_json(indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> ExplorationReport:
        """Read it.

        Raises:
            UsageError: it is missing or no such report.
        """
        try:
            return cls.model_validate_json(path.read_text("utf-8"))
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from error
        except ValidationError as error:
            raise UsageError(
                f"{path} is no report of an exploration: {error.errors()[0]}"
            ) from None


def make_report(
    exploration: Exploration, folder: Path, known: Collection[str] = ()
) -> ExplorationReport:
    """Make the report of an exploration.

    Args:
        exploration: its findings may be confirmed.
        folder: of the report, below which recordings lie.
        known: ids or kinds of findings that are known.
    """
    request, calibration = exploration.request, exploration.calibration
    limits = calibration.limits if request.calibrated else request.limits
    rows = [(each, _row(each, exploration, folder, known)) for each in exploration.book.in_order()]
    archive = exploration.archive
    visits = sorted(archive.visits.items(), key=lambda each: -each[1])[:_MOST_CELLS]
    return ExplorationReport(
        game=request.name,
        scene=request.game.scene_path or "",
        way=request.way,
        seed=request.seed,
        parameters={name: str(value) for name, value in request.parameters.items()},
        decisions=exploration.decisions,
        episodes=dict(exploration.episodes),
        seconds=round(exploration.seconds, 3),
        decisions_per_s=round(exploration.decisions / max(exploration.seconds, 1e-9), 1),
        arenas=exploration.arenas,
        jobs=list(exploration.shares),
        stopped=exploration.stopped,
        notes=exploration.notes,
        findings=[row for finding, row in rows if finding.counts],
        unconfirmed=[row for finding, row in rows if not finding.counts],
        left_out=dict(exploration.book.left_out),
        coverage=Coverage(
            cells=len(archive.first_seen),
            returnable=len(archive),
            source=calibration.cells.describe(),
            curve=_thinned(archive.curve, max(exploration.shares, default=exploration.decisions)),
            visits=dict(visits),
        ),
        returns=ReturnsRow(**vars(exploration.returns)),
        calibration=CalibrationRow(
            repeats=calibration.repeats,
            first_difference=calibration.first_difference,
            unsteady=[i for i, same in enumerate(calibration.steady.tolist()) if not same],
            tick_ms=round(calibration.tick_ms, 4),
            spread_ms=round(calibration.spread_ms, 4),
            slow_ms=round(limits.slow_ms, 4),
            stuck_radius=round(limits.stuck_radius, 5),
        ),
        limits=limits.to_dict(),
        commit=commit(),
        versions=versions(),
    )


def read_known(path: Path) -> frozenset[str]:
    """Read a list of known findings.

    Args:
        path: a report, whose findings are known; a JSON list of ids and kinds; or text, one id or
            kind a line, where `#` begins a comment.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"--known: {path} cannot be read: {error.strerror}") from error
    if not text.lstrip().startswith(("{", "[")):
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        return frozenset(line for line in lines if line)
    try:
        data = json.loads(text)
        if isinstance(data, dict):
            return frozenset(row["id"] for row in data["findings"])
        return frozenset(row if isinstance(row, str) else row["id"] for row in data)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"--known: {path} is neither a report of `explore` nor a list of ids: {error}"
        ) from error


def _row(
    finding: Finding, exploration: Exploration, folder: Path, known: Collection[str]
) -> FindingRow:
    replay = finding.replay and os.path.relpath(finding.replay, folder).replace(os.sep, "/")
    total = max(1, exploration.total_episodes)
    return FindingRow(
        id=finding.id,
        kind=finding.kind,
        message=finding.first.message,
        where=finding.first.where,
        data=dict(finding.first.data),
        count=finding.count,
        episodes=finding.episodes,
        episodes_per_1000=round(1000.0 * finding.episodes / total, 3),
        first_step=finding.step,
        first_episode=finding.episode,
        job=finding.job,
        way=finding.way,
        decision=finding.first.decision,
        decisions=len(finding.trail),
        level=finding.trail.level,
        confirmed=finding.confirmed,
        times_ms=list(finding.times),
        replay=replay,
        identical=finding.identical,
        known=finding.id in known or finding.kind in known,
        note=finding.note,
    )


def _thinned(curve: list[tuple[int, int]], decisions: int) -> list[tuple[int, int]]:
    """Return at most `MOST_CURVE` points, the last one at the end of the exploration."""
    step = max(1, -(-len(curve) // MOST_CURVE))
    kept = [*curve[::step], *curve[-1:], *((decisions, each[1]) for each in curve[-1:])]
    return sorted(dict.fromkeys(kept))
