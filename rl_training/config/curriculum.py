"""`curriculum:` and `levels:` of a configuration: how episodes become harder as a policy learns.

Shapes and checks only; `training.curriculum` and `training.levels` do what they say.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, FiniteFloat, model_validator
from typing_extensions import Self

from rl_training.config.policies import FreeNames
from rl_training.config.samplers import ParameterValue
from rl_training.config.section import Section
from rl_training.limits import MAX_SEED

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1)]


class GoOn(Section):
    """When a lesson is learned."""

    measure: Annotated[str, Field(min_length=1)] = "success_rate"
    """What is looked at: success_rate, mean_reward, mean_length, a metric of the scene,
    reward/<term>, progress (share of the run's timesteps), or the name of anything that the run
    logs, for example eval/success_rate or rating/chaser. Where several policies learn, one's name
    may stand before it: runner/success_rate."""
    threshold: float
    """The lesson is learned when the measure is at least this."""
    below: bool = False
    """At most instead, for measures that are better when they are lower."""
    min_episodes: Count = 100
    """Episodes that began in this lesson and must have ended; the mean is over the last so many."""
    smoothing: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of the last look's value in the smoothed one; 0: none. The mean is looked at each time
    a tenth of min_episodes has ended; a number that the run logs, each time it is logged."""


class Lesson(Section):
    """One lesson of a parameter."""

    name: str = ""
    """For people; not given: its number, from 1."""
    value: ParameterValue
    """The parameter's value or sampler."""
    also: dict[str, ParameterValue] = Field(default_factory=dict)
    """Further parameters in this lesson, by name; in a lesson that does not name one of them, it is
    as the scene has it."""
    learner: dict[str, FiniteFloat] = Field(default_factory=dict)
    """Settings of the learner from this lesson on, by name, such as learning_rate, ent_coef or
    n_epochs: what may also change by hand (docs/training.md). One that a lesson does not name stays
    as in the lesson before."""
    go_on: GoOn | None = None
    """When the next lesson begins; the last lesson has none."""
    fall_back: float | None = None
    """When the measure of this lesson is below this after min_episodes of it (above, with `below`),
    the lesson before begins again; not given: never. The last lesson, which has no go_on, is
    measured as the one before."""


class ParameterCurriculum(Section):
    """The lessons of one parameter, in order."""

    lessons: Annotated[tuple[Lesson, ...], Field(min_length=1)]
    """From easy to hard."""

    @property
    def also(self) -> tuple[str, ...]:
        """Names of the further parameters that lessons change, each once."""
        return tuple(dict.fromkeys(name for lesson in self.lessons for name in lesson.also))

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for number, lesson in enumerate(self.lessons, 1):
            if lesson.go_on is None and number < len(self.lessons):
                raise ValueError(
                    f"lesson {number} needs go_on: another lesson comes after it, which would "
                    "never begin"
                )
        names = [lesson.name for lesson in self.lessons if lesson.name]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two lessons have the name {twice!r}")
        for number, lesson in enumerate(self.lessons, 1):
            if lesson.name.isdecimal() and lesson.name != str(number):
                raise ValueError(f"lesson {number} has the number of another as its name")
            if lesson.fall_back is not None:
                self._require_fall_back(number, lesson.fall_back)
        return self

    def _require_fall_back(self, number: int, fall_back: float) -> None:
        if number == 1:
            raise ValueError("the first lesson has none before it to fall back to")
        own = self.lessons[number - 1].go_on
        rule = own or self.lessons[number - 2].go_on
        assert rule is not None
        if rule.measure.rpartition("/")[2] == "progress":
            raise ValueError(
                f"lesson {number} cannot fall back: its measure, progress, never drops"
            )
        sign = 0.0 if own is None else -1.0 if own.below else 1.0
        if own is not None and sign * fall_back >= sign * own.threshold:
            side = "above" if own.below else "below"
            raise ValueError(
                f"fall_back of lesson {number} must be {side} its threshold, {own.threshold:g}; "
                f"found {fall_back:g}"
            )


class CurriculumSettings(FreeNames):
    """Lessons by the name of the environment parameter that they change."""

    __pydantic_extra__: dict[str, Annotated[ParameterCurriculum, Field()]]

    VALUES: ClassVar[type[Section] | None] = ParameterCurriculum

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if "" in self.names:
            raise ValueError("a curriculum must have the name of its parameter")
        for name, curriculum in self.items():
            for number, lesson in enumerate(curriculum.lessons, 1):
                if name in lesson.also:
                    raise ValueError(
                        f"lesson {number} of {name} also sets {name}: give it as value only"
                    )
        return self


LevelSampler = Literal["fresh", "uniform", "learnability", "regret"]


class LevelSettings(Section):
    """Which episodes are played. A level is an episode's seed: the course and all that is drawn."""

    sampler: LevelSampler = "fresh"
    """fresh: a new one each time; the others choose among `count` levels: each alike, by
    learnability p(1-p) of its success rate p, or by an estimate of regret (prioritised level
    replay)."""
    count: Annotated[int, Field(ge=2, le=1_000_000)] = 4000
    """Levels that are known at a time."""
    share: Share = 0.5
    """learnability, regret: share of the episodes that are chosen by score; the others are new
    levels, which stay known while they score better than the worst."""
    best: Annotated[float, Field(gt=0.0, le=1.0)] = 0.02
    """learnability: share of the known levels, the best ones, among which each is chosen alike (at
    least as many as are chosen at a time)."""
    half_life: Count | None = None
    """learnability: timesteps after which an outcome counts half; not given: a twentieth of
    the run."""
    score: Literal["positive", "magnitude"] = "positive"
    """regret: mean over an episode of the advantages' positive part, or of their magnitude."""
    temperature: Annotated[float, Field(gt=0.0)] = 0.1
    """regret: of the ranks' weights, rank to the power of -1/temperature."""
    staleness: Share = 0.1
    """regret: weight of how long a level has not been played, against its score."""
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    """From which new levels are numbered; runs with the same one meet the same levels; not given:
    the run's seed."""
