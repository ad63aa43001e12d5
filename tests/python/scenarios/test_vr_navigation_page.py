"""The page of `vr_navigation` says what the scene's scripts say: names, weights, parameters."""

from __future__ import annotations

import re

from rl_training.scenarios import get_scenario
from tests.python.scenarios.scene_page import ScenePage

SCENARIO = get_scenario("vr_navigation")
PAGE = ScenePage(SCENARIO.name)


def test_parameters_and_defaults_are_the_scripts() -> None:
    told = PAGE.table("Parameters")
    settings = dict(re.findall(r'"(\w+)": &"(\w+)"', PAGE.script("nav_settings")))
    read = set(re.findall(r'get_parameter\(\s*"(\w+)"', PAGE.script("vr_navigation_controller")))
    assert set(settings) | read == {name for name in told if not name.startswith("reward_")}
    enums = {"SMOOTH": 0.0}
    for name, member in settings.items():
        found = re.search(rf"var {member}: \w+ = ([\w.]+)\n", PAGE.script("nav_locomotion"))
        assert found is not None, member
        value = found[1].split(".")[-1] if found[1][0].isalpha() else found[1]
        default = enums[value] if value in enums else float(value)
        assert default in [float(word) for word in told[name][-1].split(",")], name


def test_comforts_thresholds_are_the_scripts() -> None:
    source = PAGE.script("nav_comfort")
    page = (PAGE.scene / "COMFORT.md").read_text("utf-8")
    for strain in ("acceleration", "turning", "tilt", "jerk"):
        row = next(line for line in page.splitlines() if line.startswith(f"| {strain} |"))
        told = [float(re.findall(r"[\d.]+", cell)[0]) for cell in row.split("|")[3:5]]
        values = [
            float(re.findall(rf"var {strain}_{end}: float = ([\d.]+)", source)[0])
            for end in ("comfortable", "harsh")
        ]
        assert told == values, strain
