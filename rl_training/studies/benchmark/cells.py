"""The cells of the suite: what is compared with what, and what it should come to.

A table of values; nothing is measured here. Compared cells have the same number of agents, unless
their label says otherwise.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from rl_training.studies.benchmark.task import DOCUMENTED_ACTION_REPEAT, Task

Unit = Literal["decisions/s", "s"]
START_ENGINES = 8
TRIVIAL_SCENE = "res://tests/godot/fixtures/counter_arena.tscn"
TRIVIAL_AGENTS = 64
ONE_GROUP_SCENE = "res://tests/godot/fixtures/one_group.tscn"
TWO_GROUPS_SCENE = "res://tests/godot/fixtures/two_groups.tscn"
PAIRS = 32
QUICK_CELLS = ("raw", "binary", "json", "stock_best", "start_1")


@dataclass(frozen=True)
class Cell:
    """One row of the table.

    Attributes:
        name: as given to `--only`.
        label: what it is, for the reader.
        unit: of its value.
        task: what is measured.
        lasts_like: the raw cell whose rate fixes how many decisions are played, so that compared
            cells play the same part of their episodes; empty: seconds decide.
    """

    name: str
    label: str
    unit: Unit
    task: Task
    lasts_like: str = ""

    @property
    def copies(self) -> int:
        """Copies of the scene over all engines."""
        return self.task.num_envs * self.task.arenas


@dataclass(frozen=True)
class RatioGoal:
    """Two cells whose ratio says something.

    Attributes:
        name: identifies it in the JSON.
        label: for the reader.
        top: name of a cell.
        bottom: name of a cell.
        at_least: the number to reach; None: none is set.
        quantity: of the upper cell: "value", or another number that it reports.
    """

    name: str
    label: str
    top: str
    bottom: str
    at_least: float | None = None
    quantity: str = "value"


@dataclass(frozen=True)
class TimeGoal:
    """A time that should stay below a bound.

    Attributes:
        name: identifies it in the JSON.
        label: for the reader.
        cell: name of a cell.
        quantity: "value", or another number that the cell reports.
        below: seconds.
    """

    name: str
    label: str
    cell: str
    quantity: str
    below: float


RATIO_GOALS = (
    RatioGoal("harness_to_raw", "this harness / raw engine", "binary", "raw", 0.95),
    RatioGoal("free_to_raw", "the same, engines do not wait for each other", "free", "raw", 0.95),
    RatioGoal("harness_to_raw_1", "the same, one engine", "binary_1", "raw_1", 0.95),
    RatioGoal("json_to_raw", "this harness over JSON / raw engine", "json", "raw"),
    RatioGoal("trivial_to_raw", "trivial scene: harness / raw", "trivial", "trivial_raw", 0.65),
    RatioGoal("groups", "two unlike groups / one group", "two_groups", "one_group", 0.97),
    RatioGoal("subproc_to_async", "SubprocGodotVecEnv / GodotVecEnv", "subproc", "binary"),
    RatioGoal("env_to_stock", "env / stock, documented", "binary", "stock_documented"),
    RatioGoal("env_to_stock_one", "env / stock, documented, one copy", "binary", "stock_one"),
    RatioGoal("env_to_best", "env / stock at its best", "binary", "stock_best"),
    RatioGoal("ppo_to_stock", "PPO / stock PPO, documented", "ppo", "ppo_stock_documented", 10.0),
    RatioGoal(
        "ppo_to_stock_one", "PPO / stock PPO, documented, one copy", "ppo", "ppo_stock_one", 10.0
    ),
    RatioGoal("ppo_to_best", "PPO / stock PPO at its best", "ppo", "ppo_stock_best", 1.5),
    RatioGoal(
        "collect_to_raw", "PPO while it collects / raw engine", "ppo", "raw", 0.93, "collect"
    ),
    RatioGoal(
        "free_collect_to_raw", "the same, engines do not wait", "ppo_free", "raw", 0.93, "collect"
    ),
    RatioGoal("ppo_free_to_ppo", "PPO, engines do not wait / PPO", "ppo_free", "ppo"),
    RatioGoal("ppo_to_torch", "PPO / the same through torch's forward", "ppo", "ppo_torch"),
    RatioGoal(
        "ppo_to_best_epochs", "PPO / the same with our epochs", "ppo", "ppo_stock_best_epochs"
    ),
)

TIME_GOALS = (
    TimeGoal("start_1", "start to first observation, 1 engine", "start_1", "value", 0.5),
    TimeGoal("start_8", "start to first observation, 8 engines", "start_8", "value", 1.5),
    TimeGoal("close_1", "close, 1 engine", "start_1", "close_s", 0.3),
    TimeGoal("close_8", "close, 8 engines", "start_8", "close_s", 0.3),
)


def all_cells(base: Task) -> tuple[Cell, ...]:
    """Return every cell of the suite.

    Args:
        base: the scene, its engines and arenas, and the seconds; each cell changes what it is
            about.
    """
    total = base.num_envs * base.arenas
    one_process: dict[str, Any] = {"num_envs": 1, "arenas": total}
    documented: dict[str, Any] = {"documented": True, "action_repeat": DOCUMENTED_ACTION_REPEAT}
    one_copy: dict[str, Any] = {**documented, "num_envs": 1, "arenas": 1}
    trivial: dict[str, Any] = {
        "scene_path": TRIVIAL_SCENE,
        "num_envs": 1,
        "arenas": TRIVIAL_AGENTS,
        "action_repeat": DOCUMENTED_ACTION_REPEAT,
    }
    one_arena: dict[str, Any] = {"arenas": 1}
    pairs: dict[str, Any] = {
        "kind": "groups",
        "num_envs": 1,
        "arenas": PAIRS,
        "action_repeat": DOCUMENTED_ACTION_REPEAT,
    }

    def cell(
        name: str, label: str, like: str = "", unit: Unit = "decisions/s", **set_: Any
    ) -> Cell:
        return Cell(name, label, unit, dataclasses.replace(base, **set_), like)

    pace = "speedup 8, action_repeat 8, tied to the clock"
    script = "n_steps 32, batch 64, 10 epochs"
    return (
        cell("raw", "raw engine loop, random actions, no Python", "raw", kind="raw"),
        cell("binary", "GodotVecEnv, binary1", "raw", kind="env"),
        cell("free", "GodotVecEnv, binary1, engines do not wait", "raw", kind="env", free=True),
        cell("raw_1", "raw engine loop, one engine", "raw_1", kind="raw", **one_process),
        cell("binary_1", "GodotVecEnv, binary1, one engine", "raw_1", kind="env", **one_process),
        cell("json", "GodotVecEnv, JSON", "raw", kind="env", transport="json"),
        cell("subproc", "SubprocGodotVecEnv, binary1", "raw", kind="env", vec_env="subproc"),
        cell(
            "stock_documented",
            f"stock GodotEnv: {pace}",
            kind="stock_env",
            **documented | one_process,
        ),
        cell("stock_one", f"the same, one copy: {pace}", kind="stock_env", **one_copy),
        cell("stock_best", "stock GodotEnv at its best: --fixed-fps", "raw", kind="stock_env"),
        cell("ppo", "PPO, this harness's defaults", kind="ppo"),
        cell("ppo_free", "the same, engines do not wait for each other", kind="ppo", free=True),
        cell(
            "ppo_torch",
            "PPO, acting through torch's forward",
            kind="ppo",
            torch_forward=True,
        ),
        cell(
            "ppo_stock_documented",
            f"stock PPO: {pace}; {script}",
            kind="stock_ppo",
            **documented | one_process,
        ),
        cell("ppo_stock_one", "the same, one copy", kind="stock_ppo", **one_copy),
        cell(
            "ppo_stock_best",
            "stock PPO at its best: --fixed-fps, 1 torch thread, our n_steps and batch, 10 epochs",
            kind="stock_ppo",
        ),
        cell(
            "ppo_stock_best_epochs",
            "the same with our number of epochs",
            kind="stock_ppo",
            n_epochs_as_ours=True,
        ),
        cell("start_1", "GodotVecEnv, 1 engine", unit="s", kind="start", num_envs=1, **one_arena),
        cell(
            "start_8",
            "GodotVecEnv, 8 engines",
            unit="s",
            kind="start",
            num_envs=START_ENGINES,
            **one_arena,
        ),
        cell(
            "start_stock_1",
            "stock client with our addon, 1 engine",
            unit="s",
            kind="stock_start",
            num_envs=1,
            **one_arena,
        ),
        cell("trivial_raw", "trivial scene: raw engine loop", "trivial_raw", kind="raw", **trivial),
        cell(
            "trivial", "trivial scene: GodotVecEnv, binary1", "trivial_raw", kind="env", **trivial
        ),
        cell("one_group", "64 agents of one group", scene_path=ONE_GROUP_SCENE, **pairs),
        cell("two_groups", "64 agents of two unlike groups", scene_path=TWO_GROUPS_SCENE, **pairs),
    )


def scaling_cells(base: Task) -> tuple[Cell, ...]:
    """Return `GodotVecEnv` over 1 to 8 engines and 1 to 256 copies of the scene in total."""
    cells = []
    for processes in (1, 2, 4, 8):
        for total in (1, 4, 16, 64, 256):
            if total >= processes:
                task = dataclasses.replace(
                    base, kind="env", num_envs=processes, arenas=total // processes
                )
                name = f"scaling_{processes}_{total}"
                cells.append(Cell(name, f"{processes} x {task.arenas}", "decisions/s", task))
    return tuple(cells)
