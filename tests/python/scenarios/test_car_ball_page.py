"""The page of `car_ball` says what its scripts do: observation, parameters, phases, terms."""

from __future__ import annotations

import itertools
import re

import pytest

from rl_training.scenarios import get_scenario
from tests.python.scenarios.scene_page import ScenePage

PAGE = ScenePage("car_ball")


def constant_names(name: str) -> list[str]:
    """Return the strings of a list in car_observation.gd."""
    text = PAGE.script("agent/car_observation")
    found = re.search(rf"const {name}: Array\[String\] = \[(.*?)\]", text, re.DOTALL)
    assert found
    return re.findall(r'"(\w+)"', found[1])


def test_the_observation_table_lists_every_element_in_order() -> None:
    told = PAGE.observation()
    ends = [row.indices for row in told]
    assert ends[0].start == 0
    assert all(one.stop == next_.start for one, next_ in itertools.pairwise(ends))
    assert ends[-1].stop == 91
    listed = [name for row in told for name in row.names if "pad_" not in name]
    others = [f"opponent_1_{part}" for part in constant_names("OTHER")]
    assert listed == [
        *constant_names("OWN"),
        *constant_names("BALL"),
        *constant_names("CONTEXT"),
        *others,
        *constant_names("LAST"),
    ]


def test_every_parameter_that_a_script_reads_is_told() -> None:
    text = "".join(path.read_text("utf-8") for path in PAGE.scene.rglob("*.gd"))
    read = set(re.findall(r'get_parameter\(\s*"(\w+)"', text))
    read |= set(re.findall(r'_ticks\("(\w+)"', text))
    told = set(PAGE.table("Parameters"))
    kinds = re.search(r"const KINDS: Array\[String\] = \[(.*?)\]", text, re.DOTALL)
    assert kinds
    starts = {f"start_{kind}" for kind in re.findall(r'"(\w+)"', kinds[1])}
    assert {name for name in read if not name.endswith("_")} | starts | {"reward_<term>"} == told


@pytest.mark.parametrize("phase", range(5))
def test_the_weights_of_the_phases_are_those_of_the_script(phase: int) -> None:
    text = PAGE.script("agent/car_phases")
    weights = text.split("const WEIGHTS")[1].split("const STARTS")[0]
    blocks = re.findall(r"\{(.*?)\}", weights, re.DOTALL)
    assert len(blocks) == 5
    given = {
        name: float(value) for name, value in re.findall(r'&"(\w+)": (-?[\d.]+)', blocks[phase])
    }
    told = {name: float(cells[phase]) for name, cells in PAGE.table("Phases").items()}
    assert told == {term: given.get(term, 0.0) for term in get_scenario("car_ball").reward_terms}


def test_terms_are_those_of_the_script_in_its_order() -> None:
    text = PAGE.script("agent/car_rewards")
    assert tuple(re.findall(r'&"(\w+)",', text)) == get_scenario("car_ball").reward_terms
    assert set(PAGE.table("Rewards")) >= set(get_scenario("car_ball").reward_terms)
