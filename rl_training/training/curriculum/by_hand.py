"""Changes of a living run's parameters and lessons: `set parameters.wind=0.5` of its control file.

Called by `ControlCallback` between two rollouts. A value set by hand holds until this part of the
run ends: after `--resume` the settings hold again. A lesson chosen by hand is in the checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rl_training.config.samplers import read_value
from rl_training.errors import ConfigError, HarnessError, nearest
from rl_training.training.curriculum.curriculum import Curriculum
from rl_training.training.curriculum.wording import shown, shown_all, title

PARAMETERS, CURRICULUM = "parameters.", "curriculum."

Change = Callable[[str, Any], str]


class ByHand:
    """Changes what a run's control file names.

    Args:
        curriculum: of the run.
        env: takes `set_parameters` where its game does.
        timesteps: returns those of the run done.
        otherwise: changes what is neither a parameter of the scene nor a lesson.
    """

    def __init__(
        self, curriculum: Curriculum, env: Any, timesteps: Callable[[], int], otherwise: Change
    ) -> None:
        self._curriculum = curriculum
        self._env = env
        self._timesteps = timesteps
        self._otherwise = otherwise

    def __call__(self, name: str, value: Any) -> str:
        """Change one thing; return what was changed, for people.

        Args:
            name: `parameters.<name>`, `curriculum.<parameter>`, or a learner's parameter.
            value: a number, a sampler or None; of a curriculum: a lesson's number or name.

        Raises:
            HarnessError: there is none such, or the value cannot be had.
        """
        if name.startswith(PARAMETERS):
            return self._set(name.removeprefix(PARAMETERS), value)
        if name.startswith(CURRICULUM):
            return self._choose(name.removeprefix(CURRICULUM), value)
        try:
            return self._otherwise(name, value)
        except HarnessError as error:
            if name in self._curriculum.names:
                raise ConfigError(f"{error}; the scene's is parameters.{name}") from error
            raise

    def _set(self, name: str, value: Any) -> str:
        if not hasattr(self._env, "set_parameters"):
            raise ConfigError("this environment takes no parameters: it needs addons/godot_rl")
        names = set(self._curriculum.names)
        if name not in names:
            names |= set(self._env.known_parameters())
        if name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise ConfigError(
                f"parameters.{name}: the scene has not asked for it.{nearest(name, names)} "
                f"It has asked for: {known}"
            )
        try:
            wanted = None if value is None else read_value(value)
        except ValueError as error:
            raise ConfigError(f"parameters.{name} {error}") from error
        before = self._curriculum.told.get(name)
        self._env.set_parameters({name: wanted})
        held = self._curriculum.set_by_hand(name, wanted)
        paused = "".join(
            f"; the lessons of {each} pause, curriculum.{each}=N goes on with one" for each in held
        )
        return (
            f"parameters.{name}: {shown(before)} -> {shown(wanted)}, from the next episodes on"
            f"{paused}; after --resume the settings hold again"
        )

    def _choose(self, name: str, value: Any) -> str:
        lessons = self._curriculum.lessons
        if name not in lessons:
            known = ", ".join(lessons) or "none"
            raise ConfigError(
                f"curriculum.{name}: the run has none such.{nearest(name, lessons)} It has: {known}"
            )
        before = title(lessons[name])
        self._curriculum.choose(name, value)
        self._env.set_parameters(self._curriculum.changes(self._timesteps()))
        return (
            f"curriculum.{name}: {before} -> {title(lessons[name])}, sets "
            f"{shown_all(lessons[name].values())} from the next episodes on; --resume goes on "
            "in it"
        )
