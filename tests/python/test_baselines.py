"""The baselines that are committed: made by the scripts, complete, and still reached."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from rl_training.commands import evaluate as evaluate_command
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.request import DEFAULT_SEED
from rl_training.gate.regression import check_regression
from rl_training.policy_export.certificate import read_certificate
from rl_training.reporting.regression_table import as_text
from rl_training.scenarios import scenario_names
from tests.python.scenarios.conformance import played_tonight

FOLDER = Path(__file__).parents[2] / "baselines"
FILES = sorted(FOLDER.glob("*_baseline.json"))


def _load(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def test_vr_locomotion_has_one() -> None:
    assert FOLDER / "vr_locomotion_baseline.json" in FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_baseline_tells_where_it_comes_from(path: Path) -> None:
    baseline = _load(path)
    assert baseline["scenario"] == path.stem.removesuffix("_baseline")
    assert baseline["scenario"] in scenario_names()
    assert (baseline["mode"], baseline["seed"]) == ("in_engine", DEFAULT_SEED)
    assert baseline["num_episodes"] == len(baseline["episodes"]) == 100
    provenance = baseline["provenance"]
    assert re.match(
        rf"python rl_training/train_\w+\.py|spacetime-rl train --scenario {baseline['scenario']}\b",
        provenance["training"],
    )
    kept = {each["file"]: each["sha256"] for each in provenance.get("models", {}).values()}
    if "model" in provenance:
        kept[provenance["model"]] = provenance["model_sha256"]
    assert kept
    for name, digest in kept.items():
        model = FOLDER / name
        assert model.stat().st_size < 1 << 20
        assert hashlib.sha256(model.read_bytes()).hexdigest() == digest
        assert read_certificate(model) is not None
    assert not any(name in path.read_text(encoding="utf-8") for name in ("/home/", "/tmp/"))


@pytest.mark.parametrize("name", ["car_ball_ladder.json", "car_ball_rating.json"])
def test_rated_models_are_the_files_that_were_rated(name: str) -> None:
    models = [each for each in _load(FOLDER / name)["players"] if each["kind"] == "model"]
    assert models
    for each in models:
        model = FOLDER / each["model"]
        assert model.stat().st_size < 1 << 20
        assert hashlib.sha256(model.read_bytes()).hexdigest() == each["sha256"]


@pytest.mark.engine
@pytest.mark.timeout(400)
@pytest.mark.parametrize("path", played_tonight(FILES), ids=lambda path: path.stem)
def test_its_policy_plays_as_well_as_then(path: Path) -> None:
    request, _ = evaluate_command.parse(["--like", str(path)])
    check = check_regression(evaluate(request), EvaluationReport.load(path, "baseline"))
    assert check.passed, as_text(check)
