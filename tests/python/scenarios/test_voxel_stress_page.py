"""The page of `voxel_stress` says what the scene's scripts say: names, weights, parameters."""

from __future__ import annotations

import re

from rl_training.scenarios import get_scenario
from tests.python.scenarios.scene_page import ScenePage

SCENARIO = get_scenario("voxel_stress")
PAGE = ScenePage(SCENARIO.name)


def test_planted_bugs_and_their_findings_are_the_scenarios() -> None:
    rows = PAGE.table("Planted bugs")
    told = {name: re.findall(r"`([^`]+)`", cells[1])[0] for name, cells in rows.items()}
    assert told == dict(SCENARIO.planted_bugs)
    assert set(told.values()) <= set(PAGE.table("Findings"))


def test_findings_are_the_detectors() -> None:
    kinds: set[str] = set()
    for path in (PAGE.scene / "findings").glob("*.gd"):
        source = path.read_text("utf-8")
        kinds |= set(re.findall(r'const (?:KIND|LEAK|WARNING|FALL): String = "(\w+)"', source))
    assert kinds == set(PAGE.table("Findings"))


def test_parameters_and_defaults_are_the_scripts() -> None:
    source = PAGE.script("voxel_stress_controller")
    read = set(re.findall(r'get_parameter\(\s*"(\w+)"', source))
    told = PAGE.table("Parameters")
    assert read == {name for name in told if not name.startswith("reward_")}
    defaults = dict(re.findall(r'get_parameter\(\s*"(\w+)", (-?[\d.]+)\)', source))
    exported = dict(re.findall(r"var (\w+): \w+ = ([\d.]+)\n", source))
    for name in read:
        value = float(defaults.get(name) or exported[name])
        assert float(told[name][-1]) == value, name
