"""The study of learners: plans, order of runs, what is kept, figures, the page; once for real."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.callbacks import CallbackList

from rl_training.commands import study_learners
from rl_training.errors import ConfigError, UsageError
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.learners.clock import LearningClock
from rl_training.studies.learners.measure import _after, missing_runs
from rl_training.studies.learners.page import NOTES_MARK, render, write_page
from rl_training.studies.learners.picture import band, plot
from rl_training.studies.learners.plan import PLANS, LearnersPlan, policy_path, read_plan
from rl_training.studies.learners.result import LearnerRow, LearnersResult, Point
from rl_training.studies.learners.summary import decision_seconds, figures
from rl_training.training.evaluation_callback import EvaluationCallback, EvaluationPlan
from tests.python.learners import ppo_model
from tests.python.tiny_env import tiny_vec_env

MACHINE = Machine("2026-01-01T00:00:00", "Linux", "A CPU", 2, 8.0, "4.6.3", "abc", {}, 0.1)
PLAN: dict[str, Any] = {
    "episodes": 4,
    "final_episodes": 4,
    "threshold": 0.5,
    "tasks": {
        "short": {
            "about": "a short one",
            "scenario": "memory",
            "parameters": {"depth": 1},
            "timesteps": 400,
            "every": 100,
            "demonstrations": {"model": "random", "episodes": 2},
        }
    },
    "entrants": {
        "ppo": {"about": "plain", "settings": {"algorithm": {"name": "ppo", "n_steps": 16}}},
        "bc": {"imitates": True, "settings": {"algorithm": {"name": "bc"}}},
        "bc_few": {
            "imitates": True, "shown": {"short": 1}, "settings": {"algorithm": {"name": "bc"}},
        },
        "bc_ppo": {
            "begins_with": "bc_few", "settings": {"algorithm": {"name": "ppo", "n_steps": 16}},
        },
    },
}  # fmt: skip


def plan(**changes: Any) -> LearnersPlan:
    return LearnersPlan.from_dict({**PLAN, **changes})


def row(entrant: str, seed: int, end: float, reached_at: int = 200) -> LearnerRow:
    curve = tuple(
        Point(at, at / 10, at / 20, 0.6 if at >= reached_at else 0.1) for at in (100, 200, 300)
    )
    last = Point(400, 40.0, 20.0, end)
    return LearnerRow("short", entrant, seed, 0, (*curve, last), round(100 * end), 100, 1.0)


def result(*rows: LearnerRow, **changes: Any) -> LearnersResult:
    return LearnersResult("study", MACHINE, plan(**changes).to_dict(), rows=list(rows))


def test_every_plan_of_the_package_is_valid_and_spares_decisions() -> None:
    names = [path.stem for path in PLANS.glob("*.yaml")]
    assert "two_scenarios" in names
    for name in names:
        found = read_plan(name)
        assert len(found.seeds) >= 3
        assert len(found.tasks) == 2
        assert all(task.timesteps <= 100_000 for task in found.tasks.values())
        assert {"ppo", "sac", "tqc", "crossq", "dreamer", "bc", "bc_ppo"} <= set(found.entrants)
        for task in found.tasks.values():
            assert task.demonstrations is not None
            assert Path(task.demonstrations.model).is_file()


def test_a_run_is_the_scenarios_with_the_plans_the_tasks_and_the_entrants_changes(
    tmp_path: Path,
) -> None:
    own = {
        **PLAN["entrants"],
        "ppo": {
            "settings": {"algorithm": {"name": "ppo", "n_steps": 16, "gamma": 0.5}},
            "on": {"short": {"algorithm": {"gamma": 0.6}}},
            "timesteps": {"short": 200},
        },
    }
    config = plan(entrants=own).config("short", "ppo", 7, tmp_path)
    assert (config.experiment_name, config.seed) == ("short_ppo_seed7", 7)
    assert (config.training.timesteps, config.algorithm.gamma) == (200, 0.6)
    assert dict(config.parameters.items())["depth"] == 1.0
    assert (config.evaluation.every, config.evaluation.episodes) == (100, 4)
    cloned: Any = plan().config("short", "bc", 7, tmp_path)
    assert cloned.evaluation.every == 0
    assert cloned.algorithm.demonstrations == (str(tmp_path / "short_2.traj"),)
    after = plan().config("short", "bc_ppo", 7, tmp_path)
    assert after.training.start_from == str(policy_path(tmp_path, "short", "bc_few", 7))


def test_one_that_imitates_may_be_shown_less(tmp_path: Path) -> None:
    shown = [plan().demonstrated("short", name) for name in ("ppo", "bc", "bc_few", "bc_ppo")]
    assert shown == [0, 2, 1, 1]
    config: Any = plan().config("short", "bc_few", 0, tmp_path)
    assert config.algorithm.demonstrations == (str(tmp_path / "short_1.traj"),)


_TASK = PLAN["tasks"]["short"]
_OTHERS = PLAN["entrants"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"treshold": 0.3}, "Did you mean 'threshold'"),
        ({"tasks": {"a b": _TASK}}, "a name is letters, digits"),
        ({"tasks": {"short": {**_TASK, "every": 500}}}, "every must be at most timesteps"),
        ({"tasks": {"short": {**_TASK, "demonstrations": None}}}, "no demonstrations to imitate"),
        ({"entrants": {**_OTHERS, "x": {"begins_with": "ppo"}}}, "'ppo' is none that imitates"),
        ({"entrants": {**_OTHERS, "x": {"on": {"long": {}}}}}, "there is no task 'long'"),
        ({"entrants": {**_OTHERS, "x": {"timesteps": {"short": 500}}}}, "more than the task's 400"),
        (
            {"entrants": {**_OTHERS, "x": {"imitates": True, "shown": {"short": 3}}}},
            "more than the task's 2 episodes",
        ),
        ({"entrants": {**_OTHERS, "x": {"shown": {"short": 1}}}}, "it does not imitate"),
        (
            {"entrants": {**_OTHERS, "x": {"settings": {"algorithm": {"name": "sax"}}}}},
            "'x' of the plan on 'short'",
        ),
    ],
)
def test_a_mistake_in_a_plan_is_told_before_anything_runs(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(json.dumps({**PLAN, **changes}))
    with pytest.raises(ConfigError, match=message):
        read_plan(str(file))


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'two_scenarios'"):
        read_plan("two_scenario")
    with pytest.raises(ConfigError, match=r"no entrant 'sax'\. Did you mean 'sac'"):
        study_learners.main(["--output", str(tmp_path), "--only", "sax"])
    with pytest.raises(ConfigError, match="no task 'navigatoin'"):
        study_learners.main(["--output", str(tmp_path), "--tasks", "navigatoin"])
    with pytest.raises(ConfigError, match="--jobs must be at least 1"):
        study_learners.main(["--output", str(tmp_path), "--jobs", "0"])


def test_the_first_seed_of_all_comes_first_and_finished_runs_are_not_repeated(
    tmp_path: Path,
) -> None:
    file = tmp_path / "result.json"
    before = result(row("ppo", 0, 0.5), row("bc", 1, 0.5))
    before.save(file)
    now = result()
    now.take_rows(file)
    assert now.rows == before.rows
    missing = missing_runs(plan(seeds=[0, 1]), now)
    assert [(entrant, seed) for _, entrant, seed in missing] == [
        ("bc", 0), ("bc_few", 0), ("bc_ppo", 0), ("ppo", 1), ("bc_few", 1), ("bc_ppo", 1),
    ]  # fmt: skip
    assert missing_runs(plan(), now, [], ["ppo"], [0, 5]) == [("short", "ppo", 5)]


def test_calls_at_the_same_time_keep_each_others_rows(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    one, other = result(), result()
    one.add(row("ppo", 0, 0.5), file)
    other.add(row("bc", 0, 0.4), file)
    one.add(row("ppo", 1, 0.6), file)
    again = result()
    again.take_rows(file)
    assert [(each.entrant, each.seed) for each in again.rows] == [
        ("ppo", 0), ("bc", 0), ("ppo", 1),
    ]  # fmt: skip
    assert again.rows == one.rows


def test_rows_of_another_plan_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    result(row("ppo", 0, 0.5)).save(file)
    with pytest.raises(UsageError, match=r"another plan \(other: final_episodes\)"):
        result(final_episodes=5).take_rows(file)
    longer = {"short": {**_TASK, "timesteps": 500}}
    with pytest.raises(UsageError, match=r"other: tasks.short\)"):
        result(tasks=longer).take_rows(file)
    data = json.loads(file.read_text())
    del data["plan"]["entrants"]["ppo"]["shown"]  # of before there was such a setting
    file.write_text(json.dumps(data))
    known = result()
    known.take_rows(file)
    assert len(known.rows) == 1
    other = {**_OTHERS, "ppo": {"settings": {"seed": 3}}}
    with pytest.raises(UsageError, match=r"other: entrants.ppo\)"):
        result(entrants=other).take_rows(file)
    # What has no row yet may change, and words may.
    free = {**_OTHERS, "ppo": {**_OTHERS["ppo"], "about": "new"}, "new": {}, "bc": {
        "imitates": True, "settings": {"algorithm": {"name": "bc", "batch_size": 7}}}}  # fmt: skip
    more = result(entrants=free, threshold=0.9, seeds=[0])
    more.take_rows(file)
    assert len(more.rows) == 1
    shown = {"short": {**_TASK, "demonstrations": {"model": "random", "episodes": 9}}}
    result(tasks=shown).take_rows(file)  # nothing was learned from the others
    learned = dataclasses.replace(row("bc", 0, 0.5), demonstrated=30)
    result(row("ppo", 0, 0.5), learned).save(file)
    with pytest.raises(UsageError, match=r"other: tasks.short\)"):
        result(tasks=shown).take_rows(file)
    file.write_text("{}")
    with pytest.raises(UsageError, match="no result of this study"):
        result().take_rows(file)


def test_what_came_before_counts_demonstrations_and_another_learners_seconds() -> None:
    own = (Point(100, 2.0, 1.0, 0.4), Point(200, 4.0, 2.0, 0.8))
    assert _after(None, 0, own) == own
    cloned = LearnerRow("short", "bc", 0, 50, (Point(50, 3.0, 2.5, 0.3),), 3, 10, 1.0)
    assert _after(cloned, 50, own) == (
        Point(50, 3.0, 2.5, 0.3), Point(150, 5.0, 3.5, 0.4), Point(250, 7.0, 4.5, 0.8),
    )  # fmt: skip


def test_evaluations_do_not_count_as_seconds() -> None:
    """Both clocks are read before each evaluation, and what it takes is in none of the readings."""
    seconds = 0.0

    class _Slow(EvaluationCallback):
        def _evaluate(self, done: int) -> None:
            nonlocal seconds
            began = time.monotonic()
            super()._evaluate(done)
            # Busy, so that the processor's clock goes on as well.
            while time.monotonic() - began < 0.2:
                pass
            seconds += time.monotonic() - began

    evaluation = _Slow(
        EvaluationPlan(every=128, episodes=2), tiny_vec_env, lambda: Path("b"), lambda _: None
    )
    clock = LearningClock(128, os.getpid())
    small = {"n_steps": 16, "batch_size": 64, "n_epochs": 1}
    model = ppo_model(tiny_vec_env(), algorithm=small)
    began = time.monotonic()
    model.learn(384, callback=CallbackList([clock, evaluation]))
    took = time.monotonic() - began
    assert list(clock.readings) == [done for done, _ in evaluation.history]
    readings = list(clock.readings.values())
    assert all(a.seconds < b.seconds for a, b in itertools.pairwise(readings))
    assert all(a.processor <= b.processor for a, b in itertools.pairwise(readings))
    # The last evaluation comes after the last reading.
    assert readings[-1].seconds <= took - seconds + 0.05
    assert seconds >= 0.2 * len(readings)


def test_figures_of_an_entrant() -> None:
    rows = [row("ppo", 0, 0.6, 100), row("ppo", 1, 0.7, 300), row("ppo", 2, 0.2, 999)]
    (found,) = figures(plan(), result(*rows))
    assert (found.runs, found.reached, found.timesteps) == (3, 2, 400)
    assert found.success.middle == pytest.approx(0.5)
    assert (found.decisions.low, found.decisions.middle) == (100.0, 300.0)
    assert found.decisions.high == float("inf")
    held = decision_seconds(plan().tasks["short"])
    assert held > 0.0
    assert found.play_seconds.middle == pytest.approx(300 * held)
    assert found.processor.middle == 15.0
    assert found.interval.low < 0.5 < found.interval.high


def test_a_decision_lasts_as_long_as_its_ticks() -> None:
    tasks = read_plan("two_scenarios").tasks
    assert decision_seconds(tasks["locomotion"]) == pytest.approx(0.1)
    other = tasks["locomotion"].replace({"settings": {"environment": {"action_repeat": 18}}})
    assert decision_seconds(other) == pytest.approx(0.2)


def test_a_band_reaches_from_the_worst_seed_to_the_best() -> None:
    at, low, mean, high = band(
        [row("ppo", 0, 0.5), row("ppo", 1, 0.7)], lambda point: float(point.timesteps)
    )
    assert at == [100.0, 200.0, 300.0, 400.0]
    assert (low[-1], mean[-1], high[-1]) == pytest.approx((50.0, 60.0, 70.0))


def test_the_page_shows_all_and_keeps_its_notes(tmp_path: Path) -> None:
    path = tmp_path / "learners.md"
    path.write_text(f"old\n{NOTES_MARK}\nWhat people say.\n")
    write_page(plan(), result(row("ppo", 0, 0.5), row("ppo", 1, 0.6), row("bc", 0, 0.3)), path)
    text = path.read_text()
    assert "| `ppo` | 2 | 400 | 55 (50 to 60) |" in text
    assert "runs done | 3 of 12" in text
    assert "- `ppo`: plain" in text
    assert "depth 1" in text
    assert "2 episodes of `random`" in text
    assert text.endswith("What people say.\n")
    assert (tmp_path / "images" / "learners.png").stat().st_size > 5000


def test_an_empty_result_has_a_page_and_a_picture(tmp_path: Path) -> None:
    assert "0 of 12" in render(plan(), result())
    plot(plan(), result(), tmp_path / "empty.png")
    assert (tmp_path / "empty.png").is_file()


@pytest.mark.engine
@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_cloning_and_ppo_after_it_on_the_real_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Demonstrations are recorded once; a second call measures what is new."""
    small = json.loads(json.dumps(PLAN))
    small["seeds"] = [0]
    small["tasks"]["short"] |= {
        "timesteps": 512,
        "every": 256,
        "settings": {"environment": {"num_envs": 1, "arenas": 4, "check_arenas": False}},
    }
    file = tmp_path / "plan.yaml"
    file.write_text(json.dumps(small))
    flags = ["--plan", str(file), "--output", str(tmp_path)]
    assert study_learners.main([*flags, "--only", "bc"]) == 0
    shown = (tmp_path / "runs" / "short_2.traj").read_bytes()
    kept = json.loads((tmp_path / "result.json").read_text())["rows"]
    assert study_learners.main([*flags, "--jobs", "2"]) == 0
    assert (tmp_path / "runs" / "short_2.traj").read_bytes() == shown
    rows = json.loads((tmp_path / "result.json").read_text())["rows"]
    assert kept[0] in rows
    found = {each["entrant"]: each for each in rows}
    assert set(found) == {"ppo", "bc", "bc_few", "bc_ppo"}
    assert found["ppo"]["demonstrated"] == 0
    demonstrated = found["bc"]["demonstrated"]
    assert [point["timesteps"] for point in found["bc"]["curve"]] == [demonstrated]
    assert [point["timesteps"] for point in found["ppo"]["curve"]] == [256, 512]
    few = found["bc_few"]["demonstrated"]
    assert 0 < few == found["bc_ppo"]["demonstrated"] < demonstrated
    assert found["bc_ppo"]["curve"][0] == found["bc_few"]["curve"][0]
    assert [point["timesteps"] - few for point in found["bc_ppo"]["curve"]] == [0, 256, 512]
    assert all(point["processor"] > 0.0 for each in rows for point in each["curve"])
    assert "`bc_ppo`" in (tmp_path / "learners.md").read_text()
    assert "`bc_ppo`" in capsys.readouterr().out
