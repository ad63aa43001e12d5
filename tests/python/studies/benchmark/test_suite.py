from __future__ import annotations

import pytest

from rl_training.commands.study_benchmark import parse
from rl_training.errors import ConfigError
from rl_training.studies.benchmark.cells import all_cells
from rl_training.studies.benchmark.runner import Outcome
from rl_training.studies.benchmark.suite import choose_cells, measure_cells
from rl_training.studies.benchmark.task import Task
from tests.python.studies.benchmark.examples import BASE

CELLS = all_cells(BASE)


def test_rounds_are_interleaved_and_play_as_long_as_the_raw_loop() -> None:
    played: list[tuple[str, int]] = []

    def run(task: Task, _limit: float) -> Outcome:
        played.append((task.kind, task.decisions))
        return Outcome({"value": 3200.0})

    results = measure_cells(choose_cells(CELLS, ["binary", "raw", "ppo"]), CELLS, 2, run)
    # 3,200 decisions/s of 16 copies for 1.5 s: 300 of each; PPO goes by the clock.
    one_round = [("raw", 300), ("env", 300), ("ppo", 0)]
    assert played == [("raw", 50), *one_round, *one_round[::-1]]
    assert results[1].values == {"value": {0: 3200.0, 1: 3200.0}}


def test_a_cell_that_fails_does_not_stop_the_others() -> None:
    def run(task: Task, _limit: float) -> Outcome:
        return Outcome(None, "no engine") if task.kind == "raw" else Outcome({"value": 1.0})

    raw, binary = measure_cells(choose_cells(CELLS, ["raw", "binary"]), CELLS, 3, run)
    assert raw.failure == "no engine (3 times)"
    assert not binary.failures
    assert len(binary.values["value"]) == 3


def test_an_unknown_cell_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no cell 'binry'\. Did you mean 'binary'\?"):
        choose_cells(CELLS, ["raw", "binry"])


def test_quick_is_short_and_leaves_a_choice() -> None:
    quick = parse(["--quick"])
    assert (quick.repeats, quick.seconds) == (1, 0.3)
    assert "raw" in quick.only
    assert parse(["--quick", "--only", "ppo"]).only == ("ppo",)


def test_arenas_make_about_128_agents() -> None:
    assert parse(["--num_envs", "4"]).arenas == 32
    assert parse(["--num_envs", "4", "--arenas", "3"]).arenas == 3


@pytest.mark.parametrize("flags", [("--repeats", "0"), ("--seconds", "0"), ("--arenas", "0")])
def test_values_out_of_range_are_refused(flags: tuple[str, str]) -> None:
    with pytest.raises(ConfigError, match=flags[0][2:]):
        parse(list(flags))
