"""What holds for the parameters of a run at every moment: settings, schedules, lessons, by hand.

Made by the pipeline, told and asked by `callback`, changed through the control file (`by_hand`).
It knows no environment: `changes` returns what an environment must be told.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from rl_training.config import TrainConfig
from rl_training.config.parameter_plan import first_parameters
from rl_training.config.schedules import Schedule
from rl_training.errors import ConfigError
from rl_training.training.curriculum.lessons import Lessons, Move, Value
from rl_training.training.curriculum.measures import is_of_evaluation
from rl_training.training.curriculum.wording import begun, found, line, shown_all, status, title

logger = logging.getLogger(__name__)


class Curriculum:
    """The parameters of a run.

    Args:
        config: the run.
        policies: names of those that learn; [""] where there is one without a name.

    Attributes:
        lessons: by parameter.
        by_hand: what was set through the control file, which hides settings and schedules.
        told: what the environment was told; at first `config.parameter_plan.first_parameters`.

    Raises:
        ConfigError: a lesson is judged by what the run will never know.
    """

    def __init__(self, config: TrainConfig, policies: Sequence[str] = ("",)) -> None:
        self.lessons = {
            name: Lessons(name, settings, policies) for name, settings in config.curriculum.items()
        }
        self.by_hand: dict[str, Value] = {}
        self.told: dict[str, Value] = dict(first_parameters(config))
        self._total = config.training.timesteps
        self._settings = config.parameters
        self._require_evaluations(config)

    @property
    def is_live(self) -> bool:
        """True when anything changes by itself while the run learns."""
        return bool(self.lessons) or any(
            isinstance(value, Schedule) for _, value in self._settings.items()
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that the settings name."""
        lessons = [name for each in self.lessons.values() for name in each.values()]
        return tuple(dict.fromkeys([*self._settings.names, *lessons, *self.by_hand]))

    @property
    def logged_tags(self) -> frozenset[str]:
        """Tags of the run's log that lessons are judged by."""
        measures = [measure for each in self.lessons.values() for measure in each.measures]
        return frozenset(each.key for each in measures if each.kind == "logged")

    def values(self, timesteps: int) -> dict[str, Value]:
        """Return what holds after so many timesteps of the run."""
        found: dict[str, Value] = {
            name: value.at(timesteps) if isinstance(value, Schedule) else value
            for name, value in self._settings.items()
        }
        for each in self.lessons.values():
            found |= each.values()
        return found | self.by_hand

    def learner(self) -> dict[str, float]:
        """Return the settings of the learner that the present lessons say, by name."""
        return {
            name: value for each in self.lessons.values() for name, value in each.learner.items()
        }

    def changes(self, timesteps: int) -> dict[str, Value]:
        """Return what an environment must be told to have `values`, and note that it was told."""
        now = self.values(timesteps)
        changed = {name: value for name, value in now.items() if value != self.told.get(name)}
        self.told |= changed
        return changed

    def look(self, timesteps: int) -> list[str]:
        """Begin the lessons for which it is time; return what is to be said of each."""
        said = []
        for each in self.lessons.values():
            before = found(each, needs=False)
            move = each.look(timesteps / self._total)
            if move is not None:
                said.append(begun(each, move, timesteps, before))
        return said

    def first_lines(self) -> list[str]:
        """Return what is said of the first lessons when a run begins."""
        return [
            f"{each.parameter}: {title(each)} begins, sets {shown_all(each.values())}"
            for each in self.lessons.values()
        ]

    def open(self, policy: str, agents: int) -> None:
        """Learning begins: so many agents of a policy begin their first episodes."""
        for each in self.lessons.values():
            each.open(policy, agents)

    def close(self, policy: str) -> None:
        """A policy has learned all it will: its agents end no more episodes that count."""
        for each in self.lessons.values():
            each.close(policy)

    def forget_absent(self, policy: str, infos: Sequence[Mapping[str, Any]]) -> None:
        """Wait no longer for agents that have left the scene; see `Seats.forget_absent`."""
        for each in self.lessons.values():
            if each.seats.waiting:
                each.seats.forget_absent(policy, infos)

    def end(self, policy: str, agent: int, info: Mapping[str, Any]) -> None:
        """An agent ended an episode; see `Lessons.end`."""
        for each in self.lessons.values():
            each.end(policy, agent, info)

    def log(self, tag: str, value: float) -> None:
        """The run has logged a number."""
        for each in self.lessons.values():
            each.log(tag, value)

    def set_by_hand(self, name: str, value: Value) -> list[str]:
        """Note what the environment was told by hand; return the parameters whose lessons pause."""
        self.by_hand[name] = self.told[name] = value
        held = [each for each in self.lessons.values() if name in each.values()]
        for each in held:
            each.held = True
        return [each.parameter for each in held]

    def choose(self, name: str, wanted: object) -> Move:
        """Begin a lesson by hand; what it sets is no more as it was set by hand.

        Raises:
            ConfigError: there is none such.
        """
        move = self.lessons[name].choose(wanted)
        for each in self.lessons[name].values():
            self.by_hand.pop(each, None)
        return move

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs: goes into the checkpoint."""
        return {name: each.state() for name, each in self.lessons.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave, and say what is different now."""
        for name, each in self.lessons.items():
            if name not in state:
                logger.info("%s: it has a curriculum now; %s begins", name, title(each))
                continue
            held = state[name]
            different = each.restore(held)
            if different:
                before = f"lesson {held['lesson']} of {held['of']}"
                before += f" '{held['name']}'" if held["name"] else ""
                logger.info("%s: %s, which was %s: %s", name, title(each), before, different)
            else:
                logger.info("%s: going on in %s: %s", name, title(each), found(each))
        for name in state:
            if name not in self.lessons:
                logger.info("%s: it has no curriculum any more; the settings hold", name)

    def status(self) -> dict[str, dict[str, Any]]:
        """Return how the lessons stand, by parameter; see `RunStatus.curriculum`."""
        return {name: status(each) for name, each in self.lessons.items()}

    def details(self) -> dict[str, Any]:
        """Return the same for a run's result: nothing where there are no lessons."""
        return {"curriculum": self.status()} if self.lessons else {}

    def lines(self) -> tuple[str, ...]:
        """Return how the lessons stand, a line each."""
        return tuple(line(each) for each in self.lessons.values())

    def _require_evaluations(self, config: TrainConfig) -> None:
        if config.evaluation.every:
            return
        for name, each in self.lessons.items():
            for measure in each.measures:
                if is_of_evaluation(measure):
                    raise ConfigError(
                        f"curriculum.{name} is judged by {measure.name!r}, and the run has no "
                        "evaluations: set evaluation.every to the timesteps between two"
                    )
