"""The parameters and lessons of a living run, changed through its control file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from rl_training.checkpoints.checkpoint import read_callbacks
from rl_training.config.samplers import Uniform
from rl_training.errors import ConfigError, HarnessError
from rl_training.runs.control import ControlReader, send
from rl_training.runs.paths import RunPaths
from rl_training.runs.session import RunSession
from rl_training.runs.status import read_status
from rl_training.training.curriculum.by_hand import ByHand
from rl_training.training.curriculum.curriculum import Curriculum
from rl_training.training.pipeline import train
from tests.python.training.curriculum.lesson_play import THREE
from tests.python.training.curriculum.parameter_world import (
    ParameterWorld,
    run_config,
)

SETTINGS: dict[str, Any] = {
    "parameters": {"wind": {"schedule": [[0, 0.0], [100, 1.0]]}},
    "curriculum": {"difficulty": {"lessons": THREE}},
}


def _otherwise(name: str, value: Any) -> str:
    if name != "learning_rate":
        raise ConfigError(f"{name!r} cannot change in mid-run")
    return f"{name} is the learner's"


@pytest.fixture
def world() -> ParameterWorld:
    return ParameterWorld()


@pytest.fixture
def change(world: ParameterWorld, tmp_path: Path) -> ByHand:
    curriculum = Curriculum(run_config(tmp_path, **SETTINGS))
    curriculum.open("", 4)
    return ByHand(curriculum, world, lambda: 50, _otherwise)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.5, "0.5"),
        ("0.5", "0.5"),
        ("uniform(0, 1)", "uniform(0, 1)"),
        ({"sampler": "uniform", "low": 0, "high": 1}, "uniform(0, 1)"),
        (None, "the scene's default"),
    ],
)
def test_a_parameter(change: ByHand, world: ParameterWorld, value: Any, told: str) -> None:
    assert change("parameters.wind", value) == (
        f"parameters.wind: 0 -> {told}, from the next episodes on; after --resume the settings "
        "hold again"
    )
    ((_, values),) = world.told
    assert str(values["wind"]).removesuffix(".0") == ("None" if value is None else told)


def test_a_parameter_of_the_scene_that_is_not_configured(
    change: ByHand, world: ParameterWorld
) -> None:
    assert change("parameters.fog", 2).startswith("parameters.fog: the scene's default -> 2, from")
    assert world.told == [(0, {"fog": 2.0})]


def test_a_parameter_of_a_lesson_pauses_the_lessons(change: ByHand, world: ParameterWorld) -> None:
    assert change("parameters.difficulty", 0.3) == (
        "parameters.difficulty: 0.1 -> 0.3, from the next episodes on; the lessons of difficulty "
        "pause, curriculum.difficulty=N goes on with one; after --resume the settings hold again"
    )
    change("curriculum.difficulty", 1)
    assert world.told == [(0, {"difficulty": 0.3}), (0, {"difficulty": 0.1, "wind": 0.5})]


@pytest.mark.parametrize("wanted", [3, "3", "hard"])
def test_a_lesson(change: ByHand, world: ParameterWorld, wanted: object) -> None:
    assert change("curriculum.difficulty", wanted) == (
        "curriculum.difficulty: lesson 1 of 3 'easy' -> lesson 3 of 3 'hard', sets difficulty = "
        "uniform(0.5, 1) from the next episodes on; --resume goes on in it"
    )
    assert str(world.told[0][1]["difficulty"]) == "uniform(0.5, 1)"


def test_what_is_neither_is_the_learners(change: ByHand) -> None:
    assert change("learning_rate", 0.1) == "learning_rate is the learner's"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "parameters.wnid",
            1,
            r"parameters\.wnid: the scene has not asked for it\. Did you mean 'wind'\? It has "
            r"asked for: difficulty, fog, wind$",
        ),
        ("parameters.wind", "strong", r"^parameters\.wind must be a number or a sampler"),
        ("parameters.wind", True, r"^parameters\.wind must be a number or a sampler"),
        ("parameters.wind", [1], r"^parameters\.wind must be a number or a sampler"),
        ("parameters.wind", math.nan, r"^parameters\.wind must be a finite number"),
        ("parameters.wind", "uniform(1, 0)", r"^parameters\.wind uniform: .*low must be at most"),
        ("parameters.", 1, r"parameters\.: the scene has not asked for it"),
        (
            "curriculum.dificulty",
            1,
            r"curriculum\.dificulty: the run has none such\. Did you mean 'difficulty'\? It has: "
            r"difficulty$",
        ),
        ("wind", 1, r"^'wind' cannot change in mid-run; the scene's is parameters\.wind$"),
        ("n_step", 1, r"^'n_step' cannot change in mid-run$"),
        ("curriculum.difficulty", 4, r"no lesson 4\. There are 1 to 3: easy, middle, hard$"),
        ("curriculum.difficulty", "hart", r"no lesson 'hart'\. Did you mean 'hard'\?"),
    ],
)
def test_what_is_refused_changes_nothing(
    change: ByHand, world: ParameterWorld, name: str, value: Any, message: str
) -> None:
    with pytest.raises(HarnessError, match=message) as caught:
        change(name, value)
    assert "\n" not in str(caught.value)
    assert world.told == []


def test_an_environment_without_parameters(tmp_path: Path) -> None:
    change = ByHand(Curriculum(run_config(tmp_path)), object(), lambda: 0, _otherwise)
    with pytest.raises(HarnessError, match="this environment takes no parameters"):
        change("parameters.wind", 1)


class Commanded(ParameterWorld):
    """Sends commands to the run that it belongs to, each before a decision of its own."""

    def __init__(self, root: Path, commands: dict[int, dict[str, Any]]) -> None:
        super().__init__()
        self._paths = RunPaths("lessons", root)
        self._commands = commands

    def step_wait(self) -> Any:
        if self.decisions in self._commands:
            send(self._paths, "set", self._commands[self.decisions])
        return super().step_wait()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs look at their control file at every decision."""
    made = RunSession.__init__

    def init(session: RunSession, *args: Any) -> None:
        made(session, *args)
        session.control = ControlReader(session.paths.control, look_s=0.0)

    monkeypatch.setattr(RunSession, "__init__", init)


def _answers(root: Path) -> list[str]:
    status = read_status(RunPaths("lessons", root).status)
    assert status is not None
    return [f"{'refused: ' * told['refused']}{told['result']}" for told in status.acknowledged]


@pytest.mark.usefixtures("at_once")
def test_a_living_run_obeys_and_a_resumed_one_has_its_settings_again(tmp_path: Path) -> None:
    commands: dict[int, dict[str, Any]] = {
        5: {"parameters.fog": 4.0, "learning_rate": 1e-4},
        25: {"curriculum.difficulty": "hard"},
        45: {"parameters.fog": 5, "parameters.wnid": 1.0},
    }
    settings = SETTINGS | {"training": {"timesteps": 320}}
    made: list[Commanded] = []

    def make(*_: Any) -> Commanded:
        made.append(Commanded(tmp_path, commands if not made else {}))
        return made[-1]

    train(run_config(tmp_path, **settings), make)
    assert (16, {"fog": 4.0}) in made[0].told
    assert (32, {"difficulty": Uniform(low=0.5, high=1.0)}) in made[0].told
    fog, hard, unknown = _answers(tmp_path)
    assert fog.startswith("parameters.fog: the scene's default -> 4, from the next episodes on")
    assert "learning_rate: 0.0003 -> 0.0001" in fog or "learning_rate: its schedule" in fog
    assert hard.startswith("curriculum.difficulty: lesson 2 of 3 'middle' -> lesson 3 of 3 'hard'")
    assert unknown.startswith("refused: parameters.wnid: the scene has not asked for it")
    assert "; changed before that: parameters.fog: 4 -> 5, from" in unknown
    state = read_callbacks(RunPaths("lessons", tmp_path).final_model)["curriculum"]
    assert state["difficulty"]["lesson"] == 3
    again = settings | {"training": {"timesteps": 640, "resume": True}}
    train(run_config(tmp_path, **again), make)
    told = made[1].told
    assert not any("fog" in values for _, values in told)
    assert [str(values["difficulty"]) for _, values in told] == ["0.1", "uniform(0.5, 1)"]
