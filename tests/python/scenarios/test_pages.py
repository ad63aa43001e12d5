"""The page of a scene says what its scripts and the scenario say: weights of rewards, metrics.

What only one scene has is tested beside that scene's other tests.
"""

from __future__ import annotations

import pytest

from rl_training.scenarios import get_scenario
from tests.python.scenarios.scene_page import ScenePage

REWARDS = {
    "bug_reproduction": "yard_rewards",
    "pixel_target": "pixel_rewards",
    "spacecraft_landing": "landing_rewards",
    "ui_interaction": "ui_rewards",
    "voxel_stress": "voxel_rewards",
    "vr_navigation": "nav_rewards",
}
"""Scene to the script that sets its weights; those of physics_stress are in two settings."""
MORE_METRICS = {"vr_navigation": ["kind"]}
"""What a scene tells beside the scenario's metrics."""


@pytest.mark.parametrize("name", REWARDS)
def test_rewards_and_weights_are_the_scripts(name: str) -> None:
    page = ScenePage(name)
    weights = page.weights(REWARDS[name])
    assert {term: float(cells[0]) for term, cells in page.table("Rewards").items()} == weights
    assert tuple(weights) == get_scenario(name).reward_terms


@pytest.mark.parametrize(
    "name", ["spacecraft_landing", "ui_interaction", "voxel_stress", "vr_navigation"]
)
def test_metrics_are_the_scenarios(name: str) -> None:
    metrics = [metric.name for metric in get_scenario(name).metrics]
    assert list(ScenePage(name).table("Metrics")) == metrics + MORE_METRICS.get(name, [])


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("physics_stress", "stress_observation"),
        ("voxel_stress", "voxel_observation"),
        ("vr_navigation", "nav_observation"),
    ],
)
def test_every_observation_is_told_in_order(name: str, script: str) -> None:
    page = ScenePage(name)
    names = page.names(script)
    rows = page.observation()
    told = [index for row in rows for index in row.indices]
    assert told == list(range(len(told)))
    assert len(told) >= len(names)
    for row in rows:
        # What a page tells beyond the names is numbered there: states of layers.
        first = row.indices[0]
        assert first >= len(names) or names[first] == row.names[0]
