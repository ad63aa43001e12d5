"""The twins side by side: NumPy worlds and the Godot scene, from the same seeds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from rl_training.envs import GodotVecEnv
from rl_training.scenarios import get_scenario
from rl_training.scenarios.lunabotics import SCENARIO, constants
from rl_training.scenarios.lunabotics.parameters import PARAMETERS
from rl_training.scenarios.lunabotics.vec_env import LunaboticsVecEnv
from tests.python.scenarios.lunabotics.builders import drawn
from tests.python.scenarios.random_play import open_scenario
from tests.python.scenarios.scene_page import ScenePage

PAGE = ScenePage(SCENARIO.name)
ARENAS = 8
FIRST_LOOK = 1e-5
"""Largest difference of a first observation: GDScript's vectors are single, its numbers double."""
FREE_DRIFT = 0.001
"""Where neither rover touched anything, m over 3 s."""
DRIFT = 0.6
"""Largest distance between the twins' rovers after 15 s with contacts, m; most are far nearer."""


@pytest.fixture(scope="module")
def scene() -> Iterator[GodotVecEnv]:
    with open_scenario(SCENARIO.name, arenas=ARENAS) as env:
        yield env


def both(scene: GodotVecEnv, **parameters: Any) -> tuple[Any, LunaboticsVecEnv, Any, Any]:
    """Begin the same episodes in both; return the twin and the first observations."""
    scene.set_parameters(dict.fromkeys(PARAMETERS, None) | parameters)
    scene.seed(5)
    twin = LunaboticsVecEnv(
        ARENAS, 5, action_repeat=SCENARIO.action_repeat or 1, parameters=parameters
    )
    seen: Any = scene.reset()
    return scene, twin, seen["obs"], twin.reset()


def apart(one: Any, other: Any) -> Any:
    """Return (arenas,) distances of the rovers in m."""
    return np.hypot(*((one - other)[:, :2] * [3.4, 2.5]).T)


class TestTwins:
    pytestmark: ClassVar = [pytest.mark.engine, pytest.mark.timeout(400)]

    @pytest.mark.parametrize(
        "parameters",
        [
            {},
            {"num_rocks": 10, "num_orbs": 16, "world_width": 8.0, "world_height": 6.0},
            {"num_rocks": "uniform(0, 10)", "observation_noise": 0.1},
        ],
    )
    def test_the_same_seed_is_the_same_field(
        self, scene: GodotVecEnv, parameters: dict[str, Any]
    ) -> None:
        _, _, one, other = both(scene, **parameters)
        np.testing.assert_allclose(one, other, atol=FIRST_LOOK)

    def test_the_same_actions_lead_to_the_same_place(self, scene: GodotVecEnv) -> None:
        _, twin, _, _ = both(scene)
        free = np.ones(ARENAS, np.bool_)
        for number, actions in enumerate(drawn(150, ARENAS, 3)):
            seen, earned, _, _ = scene.step(np.clip(actions, -1.0, 1.0))
            other, paid, _, _ = twin.step(actions)
            assert isinstance(seen, dict)
            free &= ~twin.world.state.touching.any(axis=0)
            if number < 30 and free.any():
                assert apart(seen["obs"], other)[free].max() < FREE_DRIFT
                np.testing.assert_allclose(earned[free], paid[free], atol=1e-2)
        assert not free.all(), "somebody touched something"
        assert np.median(apart(seen["obs"], other)) < DRIFT / 4.0
        assert apart(seen["obs"], other).max() < DRIFT

    @pytest.mark.parametrize(
        "parameters",
        [
            {"mass": 60.0, "friction": 0.2},
            {"action_delay": 4},
            {"actuator_noise": 0.2},
            {"max_speed": 1.0},
        ],
    )
    def test_parameters_mean_the_same(self, scene: GodotVecEnv, parameters: dict[str, Any]) -> None:
        plain = LunaboticsVecEnv(ARENAS, 5, action_repeat=6)
        plain.reset()
        _, twin, _, _ = both(scene, **parameters)
        for actions in drawn(12, ARENAS, 3):
            seen, _, _, _ = scene.step(np.clip(actions, -1.0, 1.0))
            other, _, _, _ = twin.step(actions)
            without, _, _, _ = plain.step(actions)
        assert isinstance(seen, dict)
        free = ~twin.world.state.contacts.any(axis=0)
        assert free.any()
        assert apart(seen["obs"], other)[free].max() < FREE_DRIFT
        assert apart(without, other)[free].max() > 10.0 * FREE_DRIFT, "it changes something"

    def test_an_orb_is_dug_out_and_laid_down_in_both(self, scene: GodotVecEnv) -> None:
        """A simple driver that looks at observations alone delivers in both twins."""
        _, twin, one, other = both(scene, num_rocks=0)
        delivered = {"godot": 0, "numpy": 0}
        for _ in range(300):
            seen, _, dones, infos = scene.step(np.clip(_driver(one), -1.0, 1.0))
            assert isinstance(seen, dict)
            one = seen["obs"]
            other, _, ended, told = twin.step(_driver(other))
        assert dones.all()
        assert ended.all()
        for name, rows in (("godot", infos), ("numpy", told)):
            delivered[name] = sum(row["metrics"]["orbs_deposited"] for row in rows)
        assert min(delivered.values()) >= ARENAS, delivered
        assert abs(delivered["godot"] - delivered["numpy"]) <= ARENAS


def _driver(observed: Any) -> Any:
    """Drive towards the nearest orb that is seen, or to the middle of its zone, or to the berm."""
    x, y = 3.4 * (observed[:, 0] + 1.0), 2.5 * (observed[:, 1] + 1.0)
    heading = np.pi * observed[:, 4]
    holding = observed[:, 7] > 0.5
    goal_x, goal_y = np.where(holding, 5.78, 5.8), np.where(holding, 1.0, 3.6)
    way = np.angle(np.exp(1j * (np.arctan2(goal_y - y, goal_x - x) - heading)))
    sees = ~holding & (observed[:, 18] < 1.0)
    way = np.where(sees, observed[:, 19] * np.deg2rad(60.0), way)
    linear = np.where(np.abs(way) < 0.5, 0.5, 0.0)
    return np.stack([linear, np.clip(2.0 * way, -1, 1), np.ones_like(way)], axis=1).astype("f4")


def test_both_twins_have_the_same_numbers() -> None:
    source = PAGE.script("luna_facts")
    told = dict(re.findall(r"const (\w+): [\w\[\]]+ = (.+)", source))
    assert told.pop("PIXELS") == "100.0"
    assert told
    for name, text in told.items():
        value = getattr(constants, name)
        numbers = [float(each) for each in re.findall(r"-?[\d.]+", text)]
        assert numbers == pytest.approx(list(value) if isinstance(value, tuple) else [value]), name


def test_both_twins_have_the_same_places_of_random_numbers() -> None:
    from rl_training.scenarios.lunabotics import commands, layout, sensor

    for module, script in ((layout, "luna_layout"), (sensor, "luna_observation")):
        found = re.findall(r"const (\w+_PLACES?): int = (\d+)", PAGE.script(script))
        assert found
        for name, value in found:
            assert getattr(module, name) == int(value), name
    assert "NOISE_PLACE: int = 1 << 24" in PAGE.script("luna_rover")
    assert commands.NOISE_PLACE == 1 << 24


def test_the_page_says_what_the_scene_says() -> None:
    weights = PAGE.weights("luna_rewards")
    assert weights == constants.REWARDS
    assert {name: float(cells[0]) for name, cells in PAGE.table("Rewards").items()} == weights
    assert list(PAGE.table("Metrics")) == [metric.name for metric in SCENARIO.metrics]
    rows = PAGE.observation()
    assert [index for row in rows for index in row.indices] == list(range(28))
    for row in rows:
        assert constants.OBSERVATION_NAMES[row.indices[0]] == row.names[0]
    told = PAGE.table("Parameters")
    for name, parameter in PARAMETERS.items():
        if not name.startswith("reward_"):
            shown = [eval(word) for word in told[name][-1].split(",")]
            assert parameter.default in [pytest.approx(each) for each in shown], name
    scene = dict(re.findall(r'"(\w+)": ([\d./ ]+),', PAGE.script("luna_settings")))
    assert {name: eval(value) for name, value in scene.items()} == {
        name: pytest.approx(each.default)
        for name, each in PARAMETERS.items()
        if not name.startswith("reward_")
    }


def test_the_scene_is_found() -> None:
    assert get_scenario("lunabotics") is SCENARIO
    scene = SCENARIO.scene_path or ""
    assert (Path(__file__).parents[4] / scene.removeprefix("res://")).is_file()
