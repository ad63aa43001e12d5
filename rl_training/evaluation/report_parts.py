"""The parts of a report as frozen, typed models: a row, a metric, a policy, a run, messages.

`report.EvaluationReport` is made of them. They hold values and check them; they read no file,
start no engine and import no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictBool,
    StringConstraints,
    computed_field,
)

from rl_training.config import MAX_SEED
from rl_training.config.samplers import SamplerText, read_value
from rl_training.engine.log_messages import EngineMessages, Tally
from rl_training.redaction import without_secrets

Direction = Literal["higher", "lower", "either"]
"""What is better; "either": it is not known, any change counts as worse."""

Interval = tuple[FiniteFloat, FiniteFloat]
"""Low and high end of a 95 % interval."""

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Milliseconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Settings = Annotated[dict[str, Any], AfterValidator(without_secrets)]

DrawnFrom = Annotated[SamplerText, AfterValidator(lambda text: str(read_value(text)))]
"""A sampler's text form, as `Sampler.text` writes it."""

IGNORED = ConfigDict(frozen=True, extra="ignore")
"""Frozen; what is computed from the rest stands in the file too, and is not read back."""


class EpisodeTimes(BaseModel):
    """Times of the ticks and frames that passed during an episode, of the whole engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    physics_ms_mean: Milliseconds | None = None
    physics_ms_max: Milliseconds | None = None
    frame_ms_mean: Milliseconds | None = None
    frame_ms_max: Milliseconds | None = None


class OpponentRow(BaseModel):
    """An episode of an agent of the same arena that the trainer did not play.

    Attributes:
        group: `policy_name` of its controller.
        policy: what played it: a policy's name, or "game" for the game's own control.
        agent_path: path of its controller below its arena's root; empty when unknown.
        episode_return: sum of its rewards, not discounted; "return" in JSON.
        length: decisions.
        terminated: the scene ended it.
        truncated: its time was over.
        success: as the scene says; None when it does not.
        metrics: the scene's numbers.
    """

    model_config = IGNORED

    group: str
    policy: str
    agent_path: str = ""
    episode_return: FiniteFloat = Field(
        validation_alias=AliasChoices("return", "episode_return"), serialization_alias="return"
    )
    length: int = Field(ge=0)
    terminated: StrictBool
    truncated: StrictBool
    success: StrictBool | None = None
    metrics: dict[str, FiniteFloat] = Field(default_factory=dict)


class FindingRow(BaseModel):
    """What the game found wrong with itself in an episode.

    Attributes:
        kind: in snake_case.
        message: one line.
        tick: physics ticks since the episode's beginning.
        decision: of the episode, from 0, in which it came.
        data: what else is known.
    """

    model_config = IGNORED

    kind: str
    message: str
    tick: int = 0
    decision: int = 0
    data: dict[str, Any] = Field(default_factory=dict, exclude_if=lambda v: not v)


class EpisodeRow(BaseModel):
    """One episode of one agent.

    Attributes:
        episode: its number in the evaluation.
        seed: what the scene drew it from.
        episode_return: sum of its rewards, neither normalised nor discounted; "return" in JSON.
        length: decisions.
        terminated: the scene ended it.
        truncated: its time was over.
        success: as the scene says; None when it does not.
        metrics: the scene's numbers.
        reward_terms: sums of the reward's terms.
        agent: number of the agent in its scene, from 0; None: an older report, which did not tell.
        agent_path: path of its controller below the scene's root; empty when unknown.
        policy: `policy_name` of its controller; empty when unknown.
        times: of physics ticks and frames; None when they were not measured.
        recording: the file that `replay_episode.py` plays again; empty: it was not recorded.
        parameters: environment parameters of this episode that were set, name to value.
        opponents: episodes of agents of the arena that others played, told at this one's end.
        findings: what the game found wrong with itself (RLFindings).
    """

    model_config = IGNORED

    episode: int = Field(ge=0)
    seed: Seed
    episode_return: FiniteFloat = Field(
        validation_alias=AliasChoices("return", "episode_return"), serialization_alias="return"
    )
    length: int = Field(ge=1)
    terminated: StrictBool
    truncated: StrictBool
    success: StrictBool | None
    metrics: dict[str, FiniteFloat]
    reward_terms: dict[str, FiniteFloat] = Field(default_factory=dict, exclude_if=lambda v: not v)
    agent: int | None = Field(default=None, ge=0, exclude_if=lambda v: v is None)
    agent_path: str = Field(default="", exclude_if=lambda v: not v)
    policy: str = Field(default="", exclude_if=lambda v: not v)
    times: EpisodeTimes | None = Field(default=None, exclude_if=lambda v: v is None)
    recording: str = Field(default="", exclude_if=lambda v: not v)
    parameters: dict[str, FiniteFloat] = Field(default_factory=dict, exclude_if=lambda v: not v)
    opponents: tuple[OpponentRow, ...] = Field(default=(), exclude_if=lambda v: not v)
    findings: tuple[FindingRow, ...] = Field(default=(), exclude_if=lambda v: not v)


class MetricInfo(BaseModel):
    """What a number of the scene means, as its scenario declares it.

    Attributes:
        name: its key in `get_info()["metrics"]`.
        direction: what is better; None: the scenario does not declare it.
        unit: of its values; empty for counts, truths and what is unknown.
        zero_rate: whether the share of episodes without any is a metric too.
        is_success: it says what `success` of a row says.
    """

    model_config = IGNORED

    name: str = Field(min_length=1)
    direction: Direction | None = None
    unit: str = ""
    zero_rate: StrictBool = False
    is_success: StrictBool = False

    @property
    def zero_rate_name(self) -> str:
        """Name of the share of episodes without any."""
        return f"zero_{self.name}_rate"


class MetricResult(BaseModel):
    """What a metric came to over some episodes.

    Attributes:
        name: of the metric, or of its zero rate.
        mean: over the episodes that tell it.
        ci95: of the mean.
        direction: what is better; None when that is not known.
        unit: of the mean.
        of: the metric whose zero rate it is; empty: it is a metric itself.
    """

    model_config = IGNORED

    name: str
    mean: FiniteFloat
    ci95: Interval
    direction: Direction | None = None
    unit: str = ""
    of: str = ""


class MessageCount(BaseModel):
    """A message of the engine.

    Attributes:
        text: with its place, where that is known.
        count: how often it came; None: an older report, which did not tell.
    """

    model_config = IGNORED

    text: str
    count: int | None = Field(default=None, ge=1)


class Messages(BaseModel):
    """Messages of one kind in the engines' output.

    Attributes:
        count: all of them.
        messages: the different ones, the first first; at most 20.
    """

    model_config = IGNORED

    count: int = Field(default=0, ge=0)
    messages: tuple[MessageCount, ...] = ()

    @computed_field(description="with file and line; empty: there was none")  # type: ignore[prop-decorator]
    @property
    def first(self) -> str:
        """The first message; empty: there was none."""
        return self.messages[0].text if self.messages else ""

    @property
    def is_complete(self) -> bool:
        """Whether every message is among `messages`."""
        return sum(each.count or 0 for each in self.messages) == self.count

    @staticmethod
    def fields_of(tally: Tally) -> dict[str, Any]:
        """Return count and messages of a tally."""
        counts = [{"text": each.text, "count": each.count} for each in tally.messages]
        return {"count": tally.count, "messages": counts}


class EngineErrors(Messages):
    """Errors and warnings in the engines' output; count and messages are those of script errors."""

    pushed_errors: Messages = Field(default_factory=Messages, description="of push_error")
    pushed_warnings: Messages = Field(default_factory=Messages, description="of push_warning")

    @computed_field(description="the different script errors")  # type: ignore[prop-decorator]
    @property
    def texts(self) -> tuple[str, ...]:
        """The different script errors, the first first."""
        return tuple(each.text for each in self.messages)

    @classmethod
    def of(cls, messages: EngineMessages) -> EngineErrors:
        """Make one from what the engines' logs told."""
        return cls(
            **cls.fields_of(messages.script_errors),
            pushed_errors=Messages(**cls.fields_of(messages.errors)),
            pushed_warnings=Messages(**cls.fields_of(messages.warnings)),
        )

    def kinds(self) -> Mapping[str, Messages]:
        """Return the messages by what texts call their kind."""
        return {
            "script errors": self,
            "pushed errors": self.pushed_errors,
            "warnings": self.pushed_warnings,
        }


class Game(BaseModel):
    """Which game was played, where it is not the harness's repository; as it was given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env_path: str | None = Field(default=None, exclude_if=lambda v: v is None)
    project_path: str | None = Field(default=None, exclude_if=lambda v: v is None)
    scene_path: str | None = Field(default=None, exclude_if=lambda v: v is None)


class Run(BaseModel):
    """The training run that a model came from.

    Attributes:
        experiment: its name; empty when unknown.
        timesteps: decisions that the model was trained for.
        seed: of the run; None when unknown.
        algorithm: that trained it; empty when unknown.
        scenario: that it was trained on; empty when unknown.
        commit: of the harness that trained it; empty when unknown.
        config: its settings, without secrets; empty when unknown.
        config_sha256: of the settings as canonical JSON; empty when they are unknown.
    """

    model_config = IGNORED

    experiment: str = ""
    timesteps: int = Field(default=0, ge=0)
    seed: Seed | None = None
    algorithm: str = ""
    scenario: str = ""
    commit: str = ""
    config: Settings = Field(default_factory=dict)
    config_sha256: str = ""


class KeptModel(BaseModel):
    """A policy's file beside a baseline.

    Attributes:
        file: its name.
        sha256: of its content.
    """

    model_config = IGNORED

    file: str
    sha256: Sha256


class Provenance(BaseModel):
    """Where a baseline came from.

    Attributes:
        written: when, UTC.
        training: the command that trained the policy.
        model: file of the policy beside the baseline; None: none was kept.
        model_sha256: of that file.
        models: name of a group to its policy's file, where groups have their own.
    """

    model_config = IGNORED

    written: AwareDatetime
    training: str
    model: str | None = Field(default=None, exclude_if=lambda v: v is None)
    model_sha256: Sha256 | None = Field(default=None, exclude_if=lambda v: v is None)
    models: dict[str, KeptModel] = Field(default_factory=dict, exclude_if=lambda v: not v)
