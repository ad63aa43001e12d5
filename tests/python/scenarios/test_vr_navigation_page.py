"""The page of `vr_navigation` says what the scene's scripts say: names, weights, parameters."""

from __future__ import annotations

import re
from pathlib import Path

from rl_training.scenarios import get_scenario

SCENE = Path(__file__).parents[3] / "scenes/vr_navigation"
PAGE = (SCENE / "README.md").read_text("utf-8")
SCENARIO = get_scenario("vr_navigation")


def script(name: str) -> str:
    return (SCENE / f"{name}.gd").read_text("utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """Rows of the first table below a heading: first cell's name to the other cells."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows: dict[str, list[str]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            for name in re.findall(r"`([^`]+)`", cells[0]):
                rows[name] = cells[1:]
    return rows


def test_rewards_and_weights_are_the_scripts() -> None:
    weights = {
        name: float(value)
        for name, value in re.findall(r'&"(\w+)": (-?[\d.]+)', script("nav_rewards"))
    }
    told = {name: float(cells[0]) for name, cells in table("Rewards").items()}
    assert told == weights
    assert tuple(weights) == SCENARIO.reward_terms


def test_metrics_are_the_scenarios() -> None:
    assert list(table("Metrics")) == [*(metric.name for metric in SCENARIO.metrics), "kind"]


def test_every_observation_is_told() -> None:
    source = script("nav_observation").split("[\n", 1)[1].split("]", 1)[0]
    names = re.findall(r'"([^"]+)"', source)
    assert len(names) == 48
    section = PAGE.split("## Observation\n", 1)[1].split("\n## ", 1)[0]
    told = [line for line in section.splitlines() if re.match(r"\| \d", line)]
    spans = [[int(end) for end in line.split("|")[1].split("-")] for line in told]
    assert [index for span in spans for index in range(span[0], span[-1] + 1)] == list(range(48))
    for line, span in zip(told, spans, strict=True):
        first = re.findall(r"`([^`]+)`", line)[0]
        assert names[span[0]] == first, line


def test_parameters_and_defaults_are_the_scripts() -> None:
    told = table("Parameters")
    settings = dict(re.findall(r'"(\w+)": &"(\w+)"', script("nav_settings")))
    read = set(re.findall(r'get_parameter\(\s*"(\w+)"', script("vr_navigation_controller")))
    assert set(settings) | read == {name for name in told if not name.startswith("reward_")}
    enums = {"SMOOTH": 0.0}
    for name, member in settings.items():
        found = re.search(rf"var {member}: \w+ = ([\w.]+)\n", script("nav_locomotion"))
        assert found is not None, member
        value = found[1].split(".")[-1] if found[1][0].isalpha() else found[1]
        default = enums[value] if value in enums else float(value)
        assert default in [float(word) for word in told[name][-1].split(",")], name


def test_comforts_thresholds_are_the_scripts() -> None:
    source = script("nav_comfort")
    page = (SCENE / "COMFORT.md").read_text("utf-8")
    for strain in ("acceleration", "turning", "tilt", "jerk"):
        row = next(line for line in page.splitlines() if line.startswith(f"| {strain} |"))
        told = [float(re.findall(r"[\d.]+", cell)[0]) for cell in row.split("|")[3:5]]
        values = [
            float(re.findall(rf"var {strain}_{end}: float = ([\d.]+)", source)[0])
            for end in ("comfortable", "harsh")
        ]
        assert told == values, strain
