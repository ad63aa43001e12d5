"""The lessons of one parameter: which one it is, how it goes, and when another one begins.

A state machine without any environment: `curriculum` tells it of episodes and of what is logged,
and asks it between two rollouts. Every lesson counts anew, so that it cannot flap: whichever way it
leaves, it has seen `min_episodes` of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rl_training.config.curriculum import GoOn, Lesson, ParameterCurriculum
from rl_training.config.parameter_plan import lesson_parameters
from rl_training.config.samplers import Sampler
from rl_training.errors import ConfigError, nearest
from rl_training.training.curriculum.counts import Counts
from rl_training.training.curriculum.measures import Measure, read_measure, tellable, told_by
from rl_training.training.curriculum.seats import Outcome, Seats

Value = float | Sampler | None
"""What a parameter is: a number, a sampler, or None: the scene's default."""
Why = Literal["learned", "fell back", "by hand"]

_PATIENCE = 10
"""An episode that does not end is waited for until so many windows have ended since, and so many
episodes for each agent."""


@dataclass(frozen=True)
class Move:
    """Another lesson begins.

    Attributes:
        before: number of the one that ended, from 1.
        now: number of the one that begins.
        why: what decided.
    """

    before: int
    now: int
    why: Why


class Lessons:
    """The lessons of one parameter.

    Args:
        parameter: its name.
        settings: the lessons.
        policies: names of those that learn; [""] where there is one without a name.

    Attributes:
        index: of the present lesson, from 0.
        counts: of the present lesson.
        held: a parameter of it was set by hand, so it does not count.
        seats: which episodes are the lesson's.
    """

    def __init__(
        self, parameter: str, settings: ParameterCurriculum, policies: Sequence[str] = ("",)
    ) -> None:
        self.parameter = parameter
        self.settings = settings
        self.index = 0
        self.held = False
        self.seats = Seats()
        self._agents: dict[str, int] = {}
        rules = [each.go_on for each in settings.lessons if each.go_on is not None]
        self._measures = {each.measure: read_measure(each.measure, policies) for each in rules}
        self.counts = Counts(self.rule)

    @property
    def count(self) -> int:
        """How many lessons there are."""
        return len(self.settings.lessons)

    @property
    def is_last(self) -> bool:
        """True in the last lesson."""
        return self.index == self.count - 1

    @property
    def lesson(self) -> Lesson:
        """Settings of the present lesson."""
        return self.settings.lessons[self.index]

    @property
    def learner(self) -> dict[str, float]:
        """Settings of the learner that hold now: those of the lessons until this one."""
        found: dict[str, float] = {}
        for each in self.settings.lessons[: self.index + 1]:
            found |= each.learner
        return found

    @property
    def name(self) -> str:
        """Name of the present lesson; its number where it has none."""
        return self.names[self.index]

    @property
    def names(self) -> list[str]:
        """Names of all lessons, numbers where they have none."""
        return [each.name or str(number) for number, each in enumerate(self.settings.lessons, 1)]

    @property
    def rule(self) -> GoOn | None:
        """How the present lesson is judged: as the one before, where it says nothing."""
        before = self.settings.lessons[self.index - 1].go_on if self.index else None
        return self.lesson.go_on or before

    @property
    def measure(self) -> Measure | None:
        """What the present lesson is judged by."""
        return None if self.rule is None else self._measures[self.rule.measure]

    @property
    def threshold(self) -> float | None:
        """From where on the next lesson begins; None in the last one."""
        return None if self.rule is None or self.is_last else self.rule.threshold

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the lessons are judged by."""
        return tuple(self._measures.values())

    def open(self, policy: str, agents: int) -> None:
        """Learning begins: so many agents of a policy begin their first episodes."""
        self._agents[policy] = agents
        if self._counts(policy):
            self.seats.open(policy, agents)

    def close(self, policy: str) -> None:
        """A policy learns no more: nothing is known of its agents' episodes from now on."""
        self._agents.pop(policy, None)
        self.seats.close(policy)

    def values(self) -> dict[str, Value]:
        """Return the parameters of the present lesson; see `lesson_parameters`.

        What holds depends on the lesson alone, not on the way to it.
        """
        found = lesson_parameters(self.parameter, self.settings, self.index)
        return {self.parameter: found[self.parameter], **found}

    def end(self, policy: str, agent: int, info: Mapping[str, Any]) -> None:
        """An agent ended an episode.

        Args:
            policy: of the agent.
            agent: its row.
            info: of its last decision, with SB3's "episode".
        """
        # Cut off by an engine that failed, or not as the lesson has it: it counts for nothing.
        lost = "engine_restart" in info or self.held
        self.seats.end(policy, agent, None if lost else self._told_by(info))
        for outcome in self.seats.settled():
            self.counts.add(outcome)

    def log(self, tag: str, value: float) -> None:
        """The run has logged a number."""
        measure = self.measure
        if measure is not None and measure.kind == "logged" and measure.key == tag:
            self.counts.smooth(value)

    def look(self, progress: float) -> Move | None:
        """Begin another lesson if it is time; return which, or None.

        Args:
            progress: share of the run's timesteps that is done.
        """
        rule, measure = self.rule, self.measure
        if rule is None or measure is None or self.held:
            return None
        if self.seats.waiting >= _PATIENCE * max(rule.min_episodes, self.seats.agents):
            self.seats.forget_longest()
        if measure.kind == "progress":
            self.counts.measure = progress
        elif measure.kind == "episodes" and not self.counts.look_at_mean():
            return None
        found, fall_back = self.counts.measure, self.lesson.fall_back
        if found is None or self.counts.ended < rule.min_episodes:
            return None
        sign = -1.0 if rule.below else 1.0
        if self.threshold is not None and sign * found >= sign * self.threshold:
            return self._begin(self.index + 1, "learned")
        if fall_back is not None and sign * found < sign * fall_back:
            return self._begin(self.index - 1, "fell back")
        return None

    def choose(self, wanted: object) -> Move:
        """Begin a lesson by hand.

        Args:
            wanted: its name, or its number from 1.

        Raises:
            ConfigError: there is none such.
        """
        index = self._find(wanted)
        if index is None:
            raise ConfigError(
                f"curriculum.{self.parameter}: no lesson {wanted!r}."
                f"{nearest(str(wanted), self.names)} There are 1 to {self.count}: "
                f"{', '.join(self.names)}"
            )
        return self._begin(index, "by hand")

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs, as JSON can hold it."""
        return {
            "lesson": self.index + 1,
            "of": self.count,
            "name": self.lesson.name,
            "settings": self._judged_as(),
            **self.counts.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> str:
        """Take over what `state` gave: the lesson of the same name, else of the same number.

        Returns:
            What is different, for people; empty: nothing is. A lesson that was changed since counts
            anew.
        """
        name, number = state["name"], int(state["lesson"])
        found = [i for i, each in enumerate(self.settings.lessons) if name and each.name == name]
        self.index = found[0] if found else min(number, self.count) - 1
        self.counts = Counts(self.rule)
        if self._judged_as() != state["settings"]:
            return "it was changed, so its counts begin anew"
        self.counts.restore(state)
        moved = (self.index + 1, self.count) != (number, int(state["of"]))
        return "it goes on with its counts" if moved else ""

    def _judged_as(self) -> dict[str, Any]:
        """Return all that decides what the counts mean."""
        rule = None if self.rule is None else self.rule.to_dict()
        return {**self.lesson.to_dict(), "rule": rule}

    def _find(self, wanted: object) -> int | None:
        """Return the index of a lesson by its name, or its number from 1."""
        for index, lesson in enumerate(self.settings.lessons):
            if lesson.name and lesson.name == wanted:
                return index
        text = f"{wanted:g}" if isinstance(wanted, float) else str(wanted)
        number = int(text) if text.isdecimal() else 0
        return number - 1 if 1 <= number <= self.count else None

    def _begin(self, index: int, why: Why) -> Move:
        move = Move(self.index + 1, index + 1, why)
        self.index = index
        self.held = False
        self.counts = Counts(self.rule)
        self.seats.begin({name: n for name, n in self._agents.items() if self._counts(name)})
        return move

    def _counts(self, policy: str) -> bool:
        return self.measure is None or self.measure.counts(policy)

    def _told_by(self, info: Mapping[str, Any]) -> Outcome:
        measure = self.measure
        if measure is None or measure.kind != "episodes":
            return Outcome(None)
        value = told_by(info, measure.key)
        return Outcome(value, tuple(tellable(info)) if value is None else ())
