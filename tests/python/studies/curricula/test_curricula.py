"""The study of curricula: plans, what is kept, what is said, the page; and once on the engine."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rl_training.commands import study_curricula
from rl_training.config.files import read_settings
from rl_training.errors import ConfigError, UsageError
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.curricula.measure import curve_of, missing_runs
from rl_training.studies.curricula.page import NOTES_MARK, plot_curves, render, write_page
from rl_training.studies.curricula.plan import PLANS, CurriculaPlan, read_plan
from rl_training.studies.curricula.result import CurriculaResult, CurriculaRow, FinalTest, Point
from rl_training.studies.curricula.summary import compare, figures, verdicts

MACHINE = Machine("2026-01-01T00:00:00", "Linux", "A CPU", 2, 8.0, "4.6.3", "abc", {}, 0.1)
PLAN: dict[str, Any] = {
    "scenario": "memory",
    "timesteps": 400,
    "every": 100,
    "episodes": 4,
    "final_episodes": 4,
    "threshold": 0.5,
    "hardest": {"depth": 3},
    "others": {"easy": {"depth": {"sampler": "uniform", "low": 0, "high": 1}}},
    "settings": {"algorithm": {"name": "ppo", "n_steps": 16, "batch_size": 64}},
    "kinds": {
        "plain": {"about": "as it is"},
        "chosen": {"settings": {"levels": {"sampler": "learnability", "count": 50}}},
    },
}


def plan(**changes: Any) -> CurriculaPlan:
    return CurriculaPlan.from_dict({**PLAN, **changes})


def row(kind: str, seed: int, end: float, reached_at: int = 100) -> CurriculaRow:
    curve = tuple(
        Point(at, at / 10, 0.6 if at >= reached_at else 0.1) for at in (100, 200, 300, 400)
    )
    hardest = FinalTest(round(100 * end), 100, 1.0)
    tests = {"hardest": hardest, "easy": FinalTest(90, 100, 2.0)}
    return CurriculaRow(kind, seed, 400, 50.0, curve, tests)


def result(*rows: CurriculaRow, **changes: Any) -> CurriculaResult:
    return CurriculaResult("study", MACHINE, plan(**changes).to_dict(), rows=list(rows))


ENDS = {"plain": (0.50, 0.55, 0.60), "chosen": (0.70, 0.65, 0.80)}


def rows_of(ends: Mapping[str, tuple[float, ...]]) -> list[CurriculaRow]:
    return [row(kind, n, end) for kind, each in ends.items() for n, end in enumerate(each)]


def test_every_plan_of_the_package_is_valid() -> None:
    names = [path.stem for path in PLANS.glob("*.yaml")]
    assert "vr_navigation" in names
    for name in names:
        found = read_plan(name)
        assert len(found.seeds) >= 3
        samplers = {found.config(kind, 0, Path()).levels.sampler for kind in found.kinds}
        assert {"fresh", "learnability", "regret"} <= samplers


def test_a_run_is_the_scenarios_with_the_plans_and_the_kinds_changes(tmp_path: Path) -> None:
    config = plan().config("chosen", 7, tmp_path)
    assert (config.experiment_name, config.seed, config.run_root) == (
        "chosen_seed7", 7, str(tmp_path),
    )  # fmt: skip
    assert config.algorithm.name == "ppo"
    assert config.levels.count == 50
    assert config.environment.arenas == 64  # the scenario's
    assert (config.evaluation.every, config.evaluation.episodes) == (100, 4)
    assert config.evaluation.parameters == {"depth": 3.0}
    assert plan().config("plain", 7, tmp_path).levels.sampler == "fresh"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timestep": 3}, "Did you mean 'timesteps'"),
        ({"kinds": {"plain": {}}}, "kinds"),
        ({"kinds": {"a b": {}, "c": {}}}, "a name is letters, digits"),
        ({"every": 1000}, "every must be at most timesteps"),
        ({"kinds": {"a": {}, "b": {"settings": {"levels": {"sampler": "best"}}}}}, "kind 'b'"),
    ],
)
def test_a_mistake_in_a_plan_is_told_before_anything_runs(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(json.dumps({**PLAN, **changes}))
    with pytest.raises(ConfigError, match=message):
        read_plan(str(file))


def test_an_unknown_plan_is_refused() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'vr_navigation'"):
        read_plan("vr_navigatoin")


def test_finished_runs_are_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    before = result(row("plain", 0, 0.5), row("chosen", 1, 0.5))
    before.save(file)
    now = result()
    now.take_rows(file)
    assert now.rows == before.rows
    assert missing_runs(plan(), now, [], []) == [
        ("chosen", 0), ("plain", 1), ("plain", 2), ("chosen", 2),
    ]  # fmt: skip
    assert missing_runs(plan(), now, ["plain"], [0, 5]) == [("plain", 5)]


def test_rows_of_another_plan_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    result(row("plain", 0, 0.5), row("chosen", 0, 0.5)).save(file)
    with pytest.raises(UsageError, match=r"another plan \(other: timesteps\)"):
        result(timesteps=500).take_rows(file)
    other = {"plain": {"about": "new words"}, "chosen": {"settings": {"seed": 3}}}
    with pytest.raises(UsageError, match=r"other: kinds.chosen\)"):
        result(kinds=other).take_rows(file)
    more = result(kinds={**PLAN["kinds"], "third": {}}, seeds=[0], threshold=0.9)
    more.take_rows(file)
    assert len(more.rows) == 2
    file.write_text("{}")
    with pytest.raises(UsageError, match="no result of this study"):
        result().take_rows(file)


def test_evaluations_do_not_count_as_seconds() -> None:
    metrics = [
        {"time": 105.0, "timesteps": 50},
        {"time": 112.0, "timesteps": 100, "eval/success_rate": 0.25, "eval/seconds": 2.0},
        {"time": 125.0, "timesteps": 200, "eval/success_rate": 0.5, "eval/seconds": 3.0},
    ]
    assert curve_of(metrics, 100.0) == (Point(100, 10.0, 0.25), Point(200, 20.0, 0.5))


def test_figures_of_a_kind() -> None:
    rows = [row("plain", 0, 0.5, 100), row("plain", 1, 0.6, 300), row("plain", 2, 0.7, 999)]
    (plain,) = figures(plan(), result(*rows))
    assert (plain.success.middle, plain.success.low, plain.success.high) == pytest.approx(
        (0.6, 0.5, 0.7)
    )
    assert plain.interval.low < 0.6 < plain.interval.high
    assert (plain.reached, plain.timesteps.middle, plain.timesteps.low) == (2, 300.0, 100.0)
    assert plain.timesteps.high == float("inf")
    assert plain.seconds.middle == 30.0
    assert plain.others["easy"].middle == 0.9


def test_a_kind_is_better_only_where_all_its_runs_are() -> None:
    assert compare([3, 4, 5], [0, 1, 2]) == "better"
    assert compare([0, 1, 2], [3, 4, 5]) == "worse"
    assert compare([2, 4, 5], [0, 1, 2]) == "no clear difference"
    assert compare([4, 5], [0, 1, 2]) == "too few runs"
    never = [-float("inf")] * 3
    assert compare(never, never) == "no clear difference"
    assert compare([-100.0, -200.0, -150.0], never) == "better"


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((0.7, 0.65, 0.8), "chosen helped: better than plain at the end, no clear difference in"),
        ((0.52, 0.55, 0.8), "chosen did not help: no clear difference from plain"),
        ((0.1, 0.2, 0.3), "chosen hurt: worse than plain at the end"),
        ((0.9,), "chosen: too few runs to say"),
    ],
)
def test_it_is_said_plainly_what_did_not_help(ends: tuple[float, ...], said: str) -> None:
    (line,) = verdicts(plan(), result(*rows_of({**ENDS, "chosen": ends})))
    assert line.startswith(said)


def test_the_page_shows_all_and_keeps_its_notes(tmp_path: Path) -> None:
    path = tmp_path / "curricula.md"
    path.write_text(f"old\n{NOTES_MARK}\nWhat people say.\n")
    write_page(plan(), result(*rows_of(ENDS)), path)
    text = path.read_text()
    assert "| `plain` | 3 | 55 (50 to 60) |" in text
    assert "chosen helped" in text
    assert "- `plain`: as it is" in text
    assert "depth 3" in text
    assert text.endswith("What people say.\n")
    assert (tmp_path / "images" / "curricula.png").stat().st_size > 5000
    assert "seconds and decisions/s are too slow" not in text
    shared = dataclasses.replace(result(*rows_of(ENDS)), jobs=2)
    assert "seconds and decisions/s are too slow" in render(plan(), shared)


def test_an_empty_result_has_a_page_and_a_picture(tmp_path: Path) -> None:
    assert "not measured" in render(plan(), result())
    plot_curves(plan(), result(), tmp_path / "empty.png")
    assert (tmp_path / "empty.png").is_file()


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    flags = ["--plan", "vr_navigation", "--output", str(tmp_path), "--only", "plian"]
    with pytest.raises(ConfigError, match="Did you mean 'plain'"):
        study_curricula.main(flags)


@pytest.mark.engine
@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_two_kinds_on_the_real_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Learnability and regret hand levels to real arenas; a second call measures what is new."""
    small = {
        **PLAN,
        "timesteps": 3072,
        "every": 1536,
        "seeds": [0],
        "others": {},
        "hardest": {},
        "settings": {
            **PLAN["settings"],
            "environment": {"num_envs": 1, "arenas": 4, "check_arenas": False},
        },
        "kinds": {
            name: {"settings": {"levels": {"sampler": name, "count": 50}}}
            for name in ("regret", "learnability")
        },
    }
    file = tmp_path / "plan.yaml"
    file.write_text(json.dumps(small))
    flags = ["--plan", str(file), "--output", str(tmp_path)]
    assert study_curricula.main([*flags, "--only", "regret"]) == 0
    kept = json.loads((tmp_path / "result.json").read_text())["rows"]
    assert study_curricula.main(flags) == 0
    rows = json.loads((tmp_path / "result.json").read_text())["rows"]
    assert [each["kind"] for each in rows] == ["regret", "learnability"]
    assert rows[0] == kept[0]
    for each in rows:
        assert len(each["curve"]) == 2
        assert each["tests"]["hardest"]["episodes"] == 4
        name = f"{each['kind']}_seed0"
        metrics = (tmp_path / "runs" / "logs" / name / "metrics.jsonl").read_text()
        last = [line for line in map(json.loads, metrics.splitlines()) if "levels/known" in line][
            -1
        ]
        assert last["levels/known"] > 32  # so levels were told by the engine
        assert 0.0 < last["levels/replayed_share"] < 1.0
    assert "`learnability`" in (tmp_path / "curricula.md").read_text()
    assert "too few runs" in capsys.readouterr().out


def test_the_plan_of_vr_navigation_changes_only_the_way_courses_are_chosen() -> None:
    kinds = read_settings(PLANS / "vr_navigation.yaml")["kinds"]
    for kind in kinds.values():
        assert set(kind["settings"]) <= {"parameters", "curriculum", "levels"}
