"""`spacetime-rl tune`: its plan from flags, going on by name, and what it says without Optuna."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rl_training.commands import tune
from rl_training.commands.running import run_main
from rl_training.config.layers import file_layer
from rl_training.studies.tune import search as search_module
from tests.python.studies.tune.searches import fake_command

SPACE = "algorithm.learning_rate: {log: [1e-5, 1e-1]}\nalgorithm.n_epochs: {int: [2, 8]}\n"
Tune = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run_tune(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Tune:
    """Run the command with trials that need no engine: flags to (exit code, stdout, stderr)."""
    real = search_module.Search

    def with_fakes(study: Any, extent: Any, **more: Any) -> Any:
        return real(study, extent, fake_command, **more)

    monkeypatch.setattr(search_module, "Search", with_fakes)
    (tmp_path / "space.yaml").write_text(SPACE)

    def run(*flags: str) -> tuple[int, str, str]:
        words = [*flags, "--run_root", str(tmp_path)]
        code = run_main(lambda: tune.main(words))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def _first(tmp_path: Path) -> tuple[str, ...]:
    return (
        *("--scenario", "vr_locomotion", "--space", str(tmp_path / "space.yaml")),
        *("--study", "walk", "--timesteps", "100", "--startup", "2", "--pruner", "none"),
    )


def test_a_search_from_flags_to_the_best_settings(run_tune: Tune, tmp_path: Path) -> None:
    code, out, err = run_tune(*_first(tmp_path), "--trials", "3")
    assert code == 0, err
    assert "trial 0 begins: learning_rate 0.001, n_epochs 6" in err
    assert "3 of 3 trials; the best is 1 (trial 0)" in err
    assert out.splitlines()[1].startswith("0 (base)")
    assert f"train --config {tmp_path}/studies/walk/best.yaml" in out
    folder = tmp_path / "studies" / "walk"
    assert {path.name for path in folder.iterdir()} >= {
        *("best.yaml", "trials.json", "trials.txt", "history.png", "parallel.png"),
        *("trials.journal", "trials"),
    }
    assert file_layer(folder / "best.yaml").values["scenario"] == "vr_locomotion"


def test_its_name_alone_goes_on(run_tune: Tune, tmp_path: Path) -> None:
    run_tune(*_first(tmp_path), "--trials", "1")
    code, out, err = run_tune("--study", "walk", "--trials", "2", "--json")
    assert code == 0, err
    data = json.loads(out)
    assert [trial["state"] for trial in data["trials"]] == ["complete", "complete"]
    assert data["plan"]["config"]["training"]["timesteps"] == 100
    for words in (["--trials", "0"], []):  # the study remembers how many it is to have
        code, out, err = run_tune("--study", "walk", *words)
        assert code == 0, err
        assert "begins" not in err
    code, _, err = run_tune("--study", "walk", "--timesteps", "50")
    assert code == 2
    assert "the study 'walk' is another search" in err


def test_layers_are_those_of_a_training(run_tune: Tune, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("training: {timesteps: 400}\nevaluation: {episodes: 7}\n")
    space = str(tmp_path / "space.yaml")
    words = ("--scenario", "memory", "--space", space, "--preset", "quick", "--config", str(file))
    more = ("--set", "evaluation.every=100", "--parameter", "sway=0", "--gamma", "0.9")
    code, out, err = run_tune(*words, *more, "--trials", "1", "--json")
    assert code == 0, err
    config = json.loads(out)["plan"]["config"]
    assert json.loads(out)["plan"]["name"] == "memory_tune"
    assert (config["training"]["timesteps"], config["evaluation"]["episodes"]) == (400, 7)
    assert config["evaluation"]["every"] == 100
    assert config["training"]["save_frequency"] == 100_000
    assert config["parameters"] == {"sway": 0.0}
    assert config["algorithm"]["gamma"] == 0.9


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (("--trials", "-1"), "trials must be at least 0; found -1"),
        (("--n_jobs", "0"), "n_jobs must be at least 1; found 0"),
        (("--startup", "0"), "startup must be at least 1; found 0"),
        (("--space", "nowhere.yaml"), "cannot read the settings in nowhere.yaml"),
        (("--preset", "quick_tset"), "Did you mean 'quick_test'?"),
        (("--algorithm", "distillation", "--set", "algorithm.teacher=a.onnx"), "no search space"),
    ],
)
def test_mistakes(run_tune: Tune, flags: tuple[str, ...], text: str) -> None:
    code, _, err = run_tune("--scenario", "vr_locomotion", *flags)
    assert code == 2
    assert err.splitlines()[-1].startswith("error: ")
    assert text in err


def test_flags_of_one_run_are_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        tune.main(["--resume"])
    assert "unrecognized arguments: --resume" in capsys.readouterr().err


def test_without_optuna_it_says_how_to_get_it(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['optuna'] = None\n"
        "from rl_training.commands.main import run\n"
        f"sys.exit(run(['tune', '--run_root', {str(tmp_path)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: the search needs Optuna, which is not installed: pip install 'spacetime-rl[tune]'"
    ]
