from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from rl_training.config.files import read_settings
from rl_training.config.presets import preset_names, preset_path
from rl_training.config.schema import PATH, schema_text
from rl_training.config.train_config import TrainConfig
from rl_training.scenarios import scenario_names
from rl_training.training.configuration import default_config


def test_the_committed_schema_is_the_classes() -> None:
    """After a change: python -m rl_training.config.schema --write."""
    assert PATH.read_text(encoding="utf-8") == schema_text()


def _valid(data: Any) -> bool:
    schema = json.loads(PATH.read_text(encoding="utf-8"))
    return bool(jsonschema.Draft202012Validator(schema).is_valid(data))


def test_the_schema_takes_what_the_classes_take() -> None:
    for scenario in scenario_names():
        assert _valid(default_config(scenario).to_dict())
    for preset in preset_names():
        assert _valid(read_settings(preset_path(preset)))
    assert _valid(TrainConfig().replace({"algorithm": {"name": "crossq"}}).to_dict())
    assert _valid({"$schema": "here", "algorithm": {"name": "sac", "tau": 0.1}})


@pytest.mark.parametrize(
    "data",
    [
        {"timestep": 3},
        {"training": {"timesteps": 0}},
        {"algorithm": {"name": "sac", "n_epochs": 3}},
        {"algorithm": {"name": "unheard"}},
        {"environment": {"isolation": "alone"}},
    ],
)
def test_the_schema_refuses_what_the_classes_refuse(data: dict[str, Any]) -> None:
    assert not _valid(data)
