"""train_vr_navigation.py: `train` for its scenario; with --eval, `evaluate` as its settings do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rl_training.commands import evaluate, train, train_navigation

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def words_of_evaluate(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The flags that `evaluate` would be called with."""
    words: list[str] = []

    def keep(argv: list[str]) -> int:
        words.extend(argv)
        return 0

    monkeypatch.setattr(evaluate, "main", keep)
    return words


def _value(words: list[str], flag: str) -> str:
    return words[words.index(flag) + 1]


def test_without_eval_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    called: dict[str, Any] = {}

    def keep(argv: list[str], *, scenario: str) -> int:
        called.update(argv=argv, scenario=scenario)
        return 0

    monkeypatch.setattr(train, "main", keep)
    words = ["--preset", "quick_test", "--resume", "--verbose"]
    assert train_navigation.main(words) == 0
    assert called == {"argv": words, "scenario": "vr_navigation"}


def test_eval_plays_as_the_settings_evaluate(words_of_evaluate: list[str], tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "scenario: memory\n"
        "parameters: {course: 'choice(2, 3)', difficulty: 0.5}\n"
        "evaluation: {episodes: 40, seed: 77, parameters: {difficulty: 'uniform(0, 1)'}}\n"
    )
    words = ["--config", str(file), "--eval", "m.onnx", "--num_envs", "1", "--verbose"]
    assert train_navigation.main(words) == 0
    assert _value(words_of_evaluate, "--model") == "m.onnx"
    assert _value(words_of_evaluate, "--scenario") == "memory"
    assert _value(words_of_evaluate, "--episodes") == "40"
    assert _value(words_of_evaluate, "--seed") == "77"
    assert _value(words_of_evaluate, "--num_envs") == "1"
    given = [
        words_of_evaluate[place + 1]
        for place, word in enumerate(words_of_evaluate)
        if word == "--parameter"
    ]
    assert sorted(given) == ["course=choice(2, 3)", "difficulty=uniform(0, 1)"]
    assert "--output" not in words_of_evaluate


def test_the_flags_are_stronger_than_the_settings(
    words_of_evaluate: list[str], tmp_path: Path
) -> None:
    words = ["--scenario", "vr_locomotion", "--eval", "m.zip", "--episodes", "7"]
    assert train_navigation.main([*words, "--output", str(tmp_path / "r.json")]) == 0
    assert _value(words_of_evaluate, "--episodes") == "7"
    assert _value(words_of_evaluate, "--output") == str(tmp_path / "r.json")


def test_the_last_lesson_of_a_curriculum_is_evaluated(
    words_of_evaluate: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "scenario: memory\n"
        "curriculum: {difficulty: {lessons: [\n"
        "  {value: 0.1, go_on: {threshold: 0.8}}, {value: 0.9, also: {course: 3}}]}}\n"
    )
    assert train_navigation.main(["--config", str(file), "--eval", "m.zip"]) == 0
    given = [word for word in words_of_evaluate if "=" in word]
    assert sorted(given) == ["course=3.0", "difficulty=0.9"]


def test_episodes_are_of_an_evaluation(run: Run) -> None:
    code, _, err = run("train_vr_navigation", "--episodes", "5")
    assert code == 2
    assert "--episodes belongs to --eval MODEL" in err


def test_verbose_shows_what_is_hidden_else(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import logging

    for flags, level in (([], logging.INFO), (["--verbose"], logging.DEBUG)):
        code, _, _ = run("train_vr_locomotion", "--scenario", "nowhere", *flags)
        assert code == 2
        assert logging.getLogger("rl_training").level == level
