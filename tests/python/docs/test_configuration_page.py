"""docs/configuration.md names every setting of every section, with its default, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

train_config = pytest.importorskip("rl_training.config.train_config")
PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
SECTIONS = (
    *("network", "rewards", "observations", "actions", "environment", "training", "evaluation"),
    *("cluster", "levels"),
)


def rows(section: str) -> dict[str, str]:
    """Setting to default, of the table below a section's heading."""
    text = PAGE.read_text("utf-8").split(f"\n### {section}\n")[1].split("\n### ")[0]
    found = {}
    for names, default in re.findall(r"^\| (`[^|]+) \|\s*([^|]*?)\s*\|", text, re.M):
        named = re.findall(r"`(\w+)`", names)
        defaults = default.split(", ") if len(named) > 1 else [default]
        for i, name in enumerate(named):
            found[name] = defaults[i].strip() if i < len(defaults) else ""
    return found


@pytest.mark.parametrize("section", SECTIONS)
def test_the_section_is_told_whole(section: str) -> None:
    settings = train_config.TrainConfig.model_fields[section].annotation
    assert sorted(rows(section)) == sorted(settings.model_fields)


def test_the_settings_of_a_policy_are_told_whole() -> None:
    section = train_config.PolicySettings.VALUES
    assert sorted(rows("policies")) == sorted(section.model_fields)


def test_the_settings_of_a_lesson_are_told_whole() -> None:
    curriculum = pytest.importorskip("rl_training.config.curriculum")
    known = [*curriculum.Lesson.model_fields, *curriculum.GoOn.model_fields]
    assert sorted(rows("curriculum")) == sorted(known)


def test_every_sampler_is_told() -> None:
    samplers = pytest.importorskip("rl_training.config.samplers")
    assert sorted(rows("parameters")) == sorted([*samplers.SAMPLERS, "constant"])


def test_the_examples_are_taken(tmp_path: Path) -> None:
    """Every YAML block of the page."""
    layers = pytest.importorskip("rl_training.config.layers")
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(blocks) == 4
    for block in blocks:
        (tmp_path / "my.yaml").write_text(block, "utf-8")
        resolved = layers.resolve([layers.file_layer(tmp_path / "my.yaml")])
        assert "my.yaml" in str(resolved.origins)


@pytest.mark.parametrize("section", SECTIONS)
def test_plain_defaults_are_right(section: str) -> None:
    settings = train_config.TrainConfig.model_fields[section].annotation
    for name, told in rows(section).items():
        default = settings.model_fields[name].default
        if isinstance(default, bool):
            assert told == str(default).lower(), name
        elif isinstance(default, int | float) and name != "num_envs":
            assert float(told.replace(",", "")) == default, name
