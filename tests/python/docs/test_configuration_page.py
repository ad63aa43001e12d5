"""docs/configuration.md names every setting of every section, with its default, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

train_config = pytest.importorskip("rl_training.config.train_config")
PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
SECTIONS = (
    *("network", "rewards", "observations", "actions", "environment", "training", "evaluation"),
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


@pytest.mark.parametrize("section", SECTIONS)
def test_plain_defaults_are_right(section: str) -> None:
    settings = train_config.TrainConfig.model_fields[section].annotation
    for name, told in rows(section).items():
        default = settings.model_fields[name].default
        if isinstance(default, bool):
            assert told == str(default).lower(), name
        elif isinstance(default, int | float) and name != "num_envs":
            assert float(told.replace(",", "")) == default, name
