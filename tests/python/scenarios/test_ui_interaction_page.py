"""The page of `ui_interaction` says what the scene's scripts say: names, weights, parameters."""

from __future__ import annotations

import re
from pathlib import Path

from rl_training.scenarios import get_scenario

SCENE = Path(__file__).parents[3] / "scenes/ui_interaction"
PAGE = (SCENE / "README.md").read_text("utf-8")
SCENARIO = get_scenario("ui_interaction")


def script(name: str) -> str:
    return (SCENE / f"{name}.gd").read_text("utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """Rows of the tables below a heading: each name of the first cell to the other cells."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows: dict[str, list[str]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            for name in re.findall(r"`([^`]+)`", cells[0]):
                rows[name] = cells[1:]
    return rows


def names_of(constant: str) -> list[str]:
    source = script("ui_observation").split(f"const {constant}: PackedStringArray = [\n", 1)[1]
    return re.findall(r'"([^"]+)"', source.split("]", 1)[0])


def test_rewards_and_weights_are_the_scripts() -> None:
    weights = {
        name: float(value)
        for name, value in re.findall(r'&"(\w+)": (-?[\d.]+)', script("ui_rewards"))
    }
    assert {name: float(cells[0]) for name, cells in table("Rewards").items()} == weights
    assert tuple(weights) == SCENARIO.reward_terms


def test_metrics_are_the_scenarios() -> None:
    assert list(table("Metrics")) == [metric.name for metric in SCENARIO.metrics]


def test_every_observation_is_told() -> None:
    section = PAGE.split("## Observation\n", 1)[1].split("\n## ", 1)[0]
    told = [line for line in section.splitlines() if re.match(r"\| \d", line)]
    names = [re.findall(r"`([^`]+)`", line.split("|")[2]) for line in told]
    own, of_element = names_of("OWN"), names_of("OF_ELEMENT")
    flat = [name for cell in names for name in cell if not name.startswith("element_")]
    assert flat == own + of_element
    assert len(own) + 8 * len(of_element) == 108


def test_findings_and_bugs_are_the_scenarios() -> None:
    rows = table("Findings")
    told = {re.findall(r"`(bug_\w+)`", cells[1])[0]: kind for kind, cells in rows.items()}
    assert told == SCENARIO.planted_bugs
    planted = re.findall(r'"(bug_\w+)"', (SCENE / "menu/ui_menu_bugs.gd").read_text("utf-8"))
    assert set(planted) == set(told)


def test_parameters_are_those_that_are_read() -> None:
    read = set(re.findall(r'get_parameter\("(\w+)"', script("ui_interaction_controller")))
    told = {name for name in table("Parameters") if not name.startswith("reward_")}
    assert told == read | set(SCENARIO.planted_bugs)
