"""The page of `voxel_stress` says what the scene's scripts say: names, weights, parameters."""

from __future__ import annotations

import re
from pathlib import Path

from rl_training.scenarios import get_scenario

SCENE = Path(__file__).parents[3] / "scenes/voxel_stress"
PAGE = (SCENE / "README.md").read_text("utf-8")
SCENARIO = get_scenario("voxel_stress")


def script(name: str) -> str:
    return (SCENE / f"{name}.gd").read_text("utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """Rows of the first table below a heading: first cell's names to the other cells."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows: dict[str, list[str]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            for name in re.findall(r"`([^`]+)`", cells[0]):
                rows[name] = cells[1:]
    return rows


def test_rewards_and_weights_are_the_scripts() -> None:
    found = re.findall(r'&"(\w+)": (-?[\d.]+)', script("voxel_rewards"))
    weights = {name: float(value) for name, value in found}
    assert {name: float(cells[0]) for name, cells in table("Rewards").items()} == weights
    assert tuple(weights) == SCENARIO.reward_terms


def test_metrics_are_the_scenarios() -> None:
    assert list(table("Metrics")) == [metric.name for metric in SCENARIO.metrics]


def test_every_observation_is_told() -> None:
    source = script("voxel_observation").split("[\n", 1)[1].split("]", 1)[0]
    names = re.findall(r'"([^"]+)"', source)
    section = PAGE.split("## Observation\n", 1)[1].split("\n## ", 1)[0]
    told = [line for line in section.splitlines() if re.match(r"\| \d", line)]
    spans = [[int(end) for end in line.split("|")[1].split("-")] for line in told]
    assert [i for span in spans for i in range(span[0], span[-1] + 1)] == list(range(len(names)))
    for line, span in zip(told, spans, strict=True):
        assert names[span[0]] == re.findall(r"`([^`]+)`", line)[0], line


def test_planted_bugs_and_their_findings_are_the_scenarios() -> None:
    rows = table("Planted bugs")
    told = {name: re.findall(r"`([^`]+)`", cells[1])[0] for name, cells in rows.items()}
    assert told == dict(SCENARIO.planted_bugs)
    assert set(told.values()) <= set(table("Findings"))


def test_findings_are_the_detectors() -> None:
    kinds: set[str] = set()
    for path in (SCENE / "findings").glob("*.gd"):
        source = path.read_text("utf-8")
        kinds |= set(re.findall(r'const (?:KIND|LEAK|WARNING|FALL): String = "(\w+)"', source))
    assert kinds == set(table("Findings"))


def test_parameters_and_defaults_are_the_scripts() -> None:
    source = script("voxel_stress_controller")
    read = set(re.findall(r'get_parameter\(\s*"(\w+)"', source))
    told = table("Parameters")
    assert read == {name for name in told if not name.startswith("reward_")}
    defaults = dict(re.findall(r'get_parameter\(\s*"(\w+)", (-?[\d.]+)\)', source))
    exported = dict(re.findall(r"var (\w+): \w+ = ([\d.]+)\n", source))
    for name in read:
        value = float(defaults.get(name) or exported[name])
        assert float(told[name][-1]) == value, name
