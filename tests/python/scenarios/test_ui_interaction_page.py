"""The page of `ui_interaction` says what the scene's scripts say: names, weights, parameters."""

from __future__ import annotations

import re

from rl_training.scenarios import get_scenario
from tests.python.scenarios.scene_page import ScenePage

SCENARIO = get_scenario("ui_interaction")
PAGE = ScenePage(SCENARIO.name)


def names_of(constant: str) -> list[str]:
    source = PAGE.script("ui_observation").split(f"const {constant}: PackedStringArray = [\n", 1)[1]
    return re.findall(r'"([^"]+)"', source.split("]", 1)[0])


def test_every_observation_is_told() -> None:
    told = [name for row in PAGE.observation() for name in row.names]
    own, of_element = names_of("OWN"), names_of("OF_ELEMENT")
    assert [name for name in told if not name.startswith("element_")] == own + of_element
    assert len(own) + 8 * len(of_element) == 108


def test_findings_and_bugs_are_the_scenarios() -> None:
    rows = PAGE.table("Findings")
    told = {re.findall(r"`(bug_\w+)`", cells[1])[0]: kind for kind, cells in rows.items()}
    assert told == SCENARIO.planted_bugs
    planted = re.findall(r'"(bug_\w+)"', (PAGE.scene / "menu/ui_menu_bugs.gd").read_text("utf-8"))
    assert set(planted) == set(told)


def test_parameters_are_those_that_are_read() -> None:
    read = set(re.findall(r'get_parameter\("(\w+)"', PAGE.script("ui_interaction_controller")))
    told = {name for name in PAGE.table("Parameters") if not name.startswith("reward_")}
    assert told == read | set(SCENARIO.planted_bugs)
