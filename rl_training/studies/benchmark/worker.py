"""One cell in a process of its own: reads a task, measures, writes the result.

Started by `runner` through `benchmark_cell.py`. Modules are imported by kind, so that an engine
cell does not carry torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from rl_training.errors import HarnessError
from rl_training.studies.benchmark.task import Measurement, Task

RESULT_FORMAT = 1


def run_cell(task_file: Path, result_file: Path, make_learner: Callable[[], object]) -> int:
    """Measure what `task_file` describes and write the result or the reason of failure.

    Args:
        task_file: a task as JSON.
        result_file: written: `format` (1), and `measurement` (numbers by name) or `error`.
        make_learner: returns a `ppo_cells.Learner`; only called for cells that train.

    Returns:
        The exit code.
    """
    task = Task.from_dict(json.loads(task_file.read_text(encoding="utf-8")))
    try:
        result: dict[str, object] = {"measurement": measure(task, make_learner)}
    except HarnessError as error:
        result = {"error": " ".join(str(error).split())}
    except Exception as error:
        # Whatever the stock client raises is a line in the table, not the end of the suite.
        result = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    text = json.dumps({"format": RESULT_FORMAT, **result})
    result_file.write_text(text, encoding="utf-8")
    return 1 if "error" in result else 0


def measure(task: Task, make_learner: Callable[[], object]) -> Measurement:
    """Measure a task in this process."""
    if task.kind == "raw":
        from rl_training.studies.benchmark.raw_loop import measure_raw

        return measure_raw(task)
    if task.kind in ("env", "start"):
        from rl_training.studies.benchmark.env_cells import measure_env, measure_start

        return measure_env(task) if task.kind == "env" else measure_start(task)
    if task.kind == "groups":
        from rl_training.studies.benchmark.group_cells import measure_groups

        return measure_groups(task)
    if task.kind in ("stock_env", "stock_start"):
        from rl_training.studies.benchmark.stock_cells import measure_stock_env, measure_stock_start

        return measure_stock_env(task) if task.kind == "stock_env" else measure_stock_start(task)

    from rl_training.studies.benchmark import ppo_cells, stock_cells

    learner: ppo_cells.Learner = make_learner()  # type: ignore[assignment]
    if task.kind == "ppo":
        return ppo_cells.measure_ppo(task, learner)
    return stock_cells.measure_stock_ppo(task, learner)
