"""The workflows of .github: what every one must have, and each of their commands, run in short."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rl_training.gate.thresholds import Thresholds, read_thresholds
from rl_training.scenarios import scenario_names

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
SMOKE, REGRESSION, NIGHTLY = "rl_smoke_test", "rl_regression_test", "rl_nightly"
NAMES = (SMOKE, REGRESSION, NIGHTLY)
ACTIONS = {
    "actions/checkout": "v6",
    "actions/setup-python": "v6",
    "actions/cache": "v5",
    "actions/upload-artifact": "v7",
    "actions/download-artifact": "v8",
}
SETUP = "python3 rl_training/bootstrap.py setup"


def _load(path: Path) -> dict[str, Any]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as a truth.
    return {("on" if key is True else str(key)): value for key, value in data.items()}


def _workflow(name: str) -> dict[str, Any]:
    return _load(WORKFLOWS / f"{name}.yml")


def _setup_action() -> dict[str, Any]:
    return _load(ROOT / ".github" / "actions" / "rl_setup" / "action.yml")


def _steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def test_these_are_all() -> None:
    assert sorted(path.stem for path in WORKFLOWS.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize(
    ("name", "events"),
    [
        (SMOKE, {"push", "workflow_dispatch"}),
        (REGRESSION, {"push", "pull_request", "schedule", "workflow_dispatch"}),
        (NIGHTLY, {"schedule", "workflow_dispatch"}),
    ],
)
def test_when_each_runs(name: str, events: set[str]) -> None:
    assert set(_workflow(name)["on"]) == events


@pytest.mark.parametrize("name", NAMES)
def test_each_is_bounded_and_may_only_read(name: str) -> None:
    workflow = _workflow(name)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"].startswith("${{ github.workflow }}-")
    assert all(0 < job["timeout-minutes"] <= 120 for job in workflow["jobs"].values())
    uses = [step["uses"] for step in _steps(workflow) if "uses" in step]
    assert "./.github/actions/rl_setup" in uses
    for action, at, version in (use.partition("@") for use in uses if not use.startswith("./")):
        assert at
        assert ACTIONS[action] == version


def test_the_engine_and_the_packages_are_cached_before_they_are_fetched() -> None:
    steps = _setup_action()["runs"]["steps"]
    assert [step.get("uses", step.get("run")) for step in steps] == [
        "actions/setup-python@v6",
        "actions/cache@v5",
        SETUP,
    ]
    assert "~/.cache/spacetime-rl" in steps[1]["with"]["path"]
    files = re.findall(r"'([^']+)'", steps[1]["with"]["key"])
    assert files
    assert all(list(ROOT.glob(pattern)) for pattern in files)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        (SMOKE, {"TIMESTEPS": 1000, "ENGINES": 2}),
        (REGRESSION, {"EPISODES": 100, "BASELINES": "baselines"}),
        (NIGHTLY, {"TIMESTEPS": 1_000_000, "ENGINES": 8, "EPISODES": 100}),
    ],
)
def test_the_sizes_stand_in_one_place(name: str, sizes: dict[str, Any]) -> None:
    workflow = _workflow(name)
    assert sizes.items() <= workflow["env"].items()
    for step in _steps(workflow):
        used = set(re.findall(r"\$([A-Z_]+)", step.get("run", "")))
        assert used <= {*workflow["env"], "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"}
    assert not any(
        "env" in step or "env" in job for job in workflow["jobs"].values() for step in job["steps"]
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_thresholds_are_known(name: str) -> None:
    env = _workflow(name)["env"]
    files = [ROOT / env["THRESHOLDS"]]
    if "THRESHOLDS_OF_EACH" in env:
        files += sorted((ROOT / env["THRESHOLDS_OF_EACH"]).iterdir())
        assert {path.stem for path in files[1:]} <= {"all", *scenario_names()}
    for path in files:
        limits = read_thresholds(path)
        assert limits
        Thresholds().replace(limits)


def test_none_lists_scenarios_or_baselines() -> None:
    """They are found: a scenario that is added needs no line in a workflow."""
    for name in NAMES:
        workflow = _workflow(name)
        text = " ".join(str(step.get("run", "")) for step in _steps(workflow))
        assert ("scenarios --names" in text) == (name == SMOKE)
        assert ("$BASELINES/*_baseline.json" in text) == (name == REGRESSION)
        assert ("scenarios --matrix" in text) == (name == NIGHTLY)
    matrix = _workflow(NIGHTLY)["jobs"]["scenario"]["strategy"]["matrix"]
    assert matrix == {"scenario": "${{ fromJSON(needs.find.outputs.scenarios) }}"}


def test_the_folders_that_are_uploaded_are_those_that_are_written() -> None:
    for name in NAMES:
        workflow = _workflow(name)
        env = workflow["env"]
        for step in _steps(workflow):
            if step.get("uses", "").startswith("actions/upload-artifact@"):
                paths = step["with"]["path"].split()
                assert any(path.startswith(env["OUT"]) for path in paths)
                assert all(path.startswith(env["RUN_ROOT"]) for path in paths)
            for path in re.findall(r"hashFiles\('([^']+)'\)", str(step.get("if", ""))):
                assert path.startswith((env["OUT"], env["RUN_ROOT"]))


def test_what_they_write_is_neither_committed_nor_imported_by_the_engine() -> None:
    for name in NAMES:
        folder = ROOT / _workflow(name)["env"]["RUN_ROOT"]
        assert (folder.parent / ".gdignore").is_file()
        relative = f"{folder.relative_to(ROOT).as_posix()}/"
        assert relative in (ROOT / ".gitignore").read_text().splitlines()
        # upload-artifact leaves out what is hidden.
        assert not any(part.startswith(".") for part in folder.relative_to(ROOT).parts)


def _run(command: str, env: dict[str, str]) -> None:
    # As `shell: bash` runs it.
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_the_set_ups_command_is_known(tmp_path: Path) -> None:
    # Whole, it would install packages: `make test` itself has just run it.
    assert _setup_action()["runs"]["steps"][-1]["run"] == SETUP
    _run("python3 rl_training/bootstrap.py --help", {})


SHORT = {"TIMESTEPS": "1024", "ENGINES": "1", "ARENAS": "2", "EPISODES": "2"} | {
    "STARTS": "1",
    "TOLERANCE": "1000",
    "LIFE_MINUTES": "0.05",
    "TRAIN_MINUTES": "1",
    "SCENARIOS": "vr_locomotion memory",
    "TRAIN_FLAGS": "--timesteps 1024 --num_envs 1 --arenas 2",
    "LONG_TESTS": "--version",
    "EXPLORE_MINUTES": "0.1",
    "EXPLORE_DECISIONS": "400",
}
"""What replaces the workflows' sizes; a tolerance that no policy of so short a training exceeds."""


@pytest.mark.engine
@pytest.mark.nightly
@pytest.mark.timeout(1200)
@pytest.mark.skipif(shutil.which("bash") is None, reason="the workflows' shell is bash")
def test_each_command_runs_in_short(tmp_path: Path) -> None:
    """One test for all: a command that two workflows share runs once."""
    limits = tmp_path / "limits" / "all.json"
    limits.parent.mkdir()
    limits.write_text(json.dumps({"max_mean_physics_time": 60_000}))
    baselines = tmp_path / "baselines"
    baselines.mkdir()
    for pattern in ("vr_locomotion_baseline.*", "car_ball_ladder.*", "car_ball_rating.*"):
        for path in (ROOT / "baselines").glob(pattern):
            shutil.copy(path, baselines)
    places = {
        "PYTHON": sys.executable,
        "RUN_ROOT": str(tmp_path / "rl"),
        "THRESHOLDS": str(limits),
        "THRESHOLDS_OF_EACH": str(limits.parent),
        "BASELINES": str(baselines),
    }
    done: set[str] = set()
    for name in NAMES:
        sizes = {key: str(value) for key, value in _workflow(name)["env"].items()}
        places["OUT"] = str(tmp_path / "rl" / name)
        summary, outputs = tmp_path / f"{name}.md", tmp_path / f"{name}.outputs"
        env = {**sizes, **SHORT, **places, "GITHUB_STEP_SUMMARY": str(summary)}
        env["GITHUB_OUTPUT"] = str(outputs)
        assert {**SHORT, **places}.keys() >= sizes.keys() - {"SCENARIO", "BASELINE"}
        for step in _steps(_workflow(name)):
            # One scenario of the matrix stands for all.
            command = step.get("run", "").replace("${{ matrix.scenario }}", "vr_locomotion")
            if command and (command not in done or "$OUT" in command):
                _run(command, env)
            done.add(command)
        assert "| check | value | limit | verdict |" in summary.read_text()
        if name != SMOKE:
            assert "| metric | better | baseline |" in summary.read_text()
            page = Path(env["OUT"], "page", "report.html").read_text()
            assert page.count("data:image/png;base64,") >= 4  # light and dark
            assert " replay " in page
        if name == NIGHTLY:
            (line,) = outputs.read_text().splitlines()
            found = json.loads(line.removeprefix("scenarios="))
            assert set(found) == set(scenario_names()) - {"custom"}
            page = Path(env["OUT"], "page", "scenarios.html").read_text()
            assert all(scenario in page for scenario in found)
            assert "vr_locomotion_episodes" in Path(env["OUT"], "page", "scenarios.md").read_text()
