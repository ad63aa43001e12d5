"""Goes through the cells, round after round, so that a machine whose speed drifts favours none."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence

from rl_training.errors import ConfigError, nearest
from rl_training.studies.benchmark.cells import Cell
from rl_training.studies.benchmark.report import CellResult
from rl_training.studies.benchmark.runner import Outcome
from rl_training.studies.benchmark.task import WARM_UP_DECISIONS, Task

logger = logging.getLogger(__name__)

RunTask = Callable[[Task, float], Outcome]
"""Runs a task within so many seconds."""

_CALIBRATION_DECISIONS = 50
_FEWEST_DECISIONS = 20
_START_MARGIN_S = 60.0


def choose_cells(cells: Sequence[Cell], only: Sequence[str]) -> list[Cell]:
    """Return the cells called `only`, in the suite's order; all when there are none.

    Raises:
        ConfigError: there is no cell of such a name.
    """
    names = [cell.name for cell in cells]
    for name in only:
        if name not in names:
            raise ConfigError(
                f"--only: no cell {name!r}.{nearest(name, names)} Known: {', '.join(names)}"
            )
    return [cell for cell in cells if not only or cell.name in only]


def measure_cells(
    cells: Sequence[Cell], all_cells: Sequence[Cell], repeats: int, run: RunTask
) -> list[CellResult]:
    """Measure cells in interleaved rounds, every other one in reverse.

    Args:
        cells: to be measured.
        all_cells: also holds the raw cells that `lasts_like` names.
        repeats: rounds, >= 1.
        run: runs one task.

    Returns:
        One result per cell, in their order; a failed repeat is noted in it.
    """
    lengths = _calibrate(cells, {cell.name: cell for cell in all_cells}, run)
    results = [CellResult(cell) for cell in cells]
    for repeat in range(repeats):
        # Forwards and backwards in turn: a cell is not always measured after the same one, which
        # may leave the machine hot, and compared cells stay neighbours.
        order = results if repeat % 2 == 0 else results[::-1]
        for index, result in enumerate(order):
            cell = result.cell
            decisions = lengths.get(cell.lasts_like, 0)
            task = dataclasses.replace(cell.task, decisions=decisions)
            outcome = run(task, time_limit(task))
            place = f"[{repeat * len(cells) + index + 1}/{repeats * len(cells)}] {cell.name}"
            if outcome.measurement is None:
                result.failures[repeat] = outcome.error
                logger.warning("%s failed: %s", place, outcome.error)
            else:
                result.add(repeat, outcome.measurement)
                value = outcome.measurement["value"]
                text = f"{value:,.0f}" if cell.unit == "decisions/s" else f"{value:.3f}"
                logger.info("%s: %s %s", place, text, cell.unit)
    return results


def time_limit(task: Task) -> float:
    """Return the seconds after which a cell counts as hung."""
    return _START_MARGIN_S + 10.0 * task.seconds + 2.0 * task.num_envs + 0.1 * WARM_UP_DECISIONS


def _calibrate(cells: Sequence[Cell], by_name: dict[str, Cell], run: RunTask) -> dict[str, int]:
    """Find how many decisions each raw cell makes in its seconds; 0 when it cannot be told."""
    lengths: dict[str, int] = {}
    for name in dict.fromkeys(cell.lasts_like for cell in cells if cell.lasts_like):
        cell = by_name[name]
        task = dataclasses.replace(cell.task, decisions=_CALIBRATION_DECISIONS)
        outcome = run(task, time_limit(task))
        if outcome.measurement is None:
            logger.warning("%s cannot be calibrated: %s", name, outcome.error)
            lengths[name] = 0
            continue
        # The rate is that of all copies; each of them makes its share of the decisions.
        per_copy = outcome.measurement["value"] / cell.copies
        lengths[name] = max(_FEWEST_DECISIONS, round(per_copy * task.seconds))
        logger.info("%s: %d decisions of each agent are measured", name, lengths[name])
    return lengths
