"""One training run, as one frozen value: what is trained, on what, how, and for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SerializeAsAny, field_validator, model_validator
from typing_extensions import Self

from rl_training.config import old_format
from rl_training.config.algorithms import DEFAULT, SETTINGS, AlgorithmSettings, PPOSettings
from rl_training.config.curriculum import CurriculumSettings, LevelSettings
from rl_training.config.debug import DebugSettings
from rl_training.config.finds import FindSettings
from rl_training.config.policies import (
    OWN_SECTIONS,
    RUN_SECTION,
    ParameterSettings,
    PolicySettings,
    own_settings,
)
from rl_training.config.section import Section, merged
from rl_training.config.sections import (
    ActionSettings,
    ClusterSettings,
    EnvironmentSettings,
    EvaluationSettings,
    NetworkSettings,
    ObservationSettings,
    RewardSettings,
    TrainingSettings,
)
from rl_training.config.self_play import SelfPlaySettings
from rl_training.errors import ConfigError, nearest
from rl_training.limits import MAX_SEED
from rl_training.redaction import without_secrets

FORMAT = old_format.FORMAT

_NAME = r"(?!archive$)[A-Za-z0-9][A-Za-z0-9._-]*"


class TwoSourcesError(ConfigError):
    """A parameter is set in two places.

    Args:
        parameter: its name.
        places: dotted paths of both.
        origins: dotted path to the layer that gave it, where layers are known.
    """

    def __init__(
        self, parameter: str, *places: str, origins: Mapping[str, str] | None = None
    ) -> None:
        self.parameter = parameter
        self.places = places
        known = origins or {}
        told = [f"{place} ({known[place]})" if place in known else place for place in places]
        remedies = [
            f"--parameter {parameter}=null"
            if place.startswith("parameters.")
            else f"--set {place}=null"
            for place in places
        ]
        super().__init__(
            f"the parameter {parameter!r} is set by {' and by '.join(told)}; take it out of one: "
            f"{' or '.join(remedies)}"
        )

    def with_origins(self, origins: Mapping[str, str]) -> TwoSourcesError:
        """Return the same error that names the layers."""
        return TwoSourcesError(self.parameter, *self.places, origins=origins)


class TrainConfig(Section):
    """One training run.

    Raises (from `from_dict` and `replace`):
        ConfigError: a setting is unknown, has the wrong type or is out of range.
    """

    format: Annotated[int, Field(ge=FORMAT, le=FORMAT)] = FORMAT
    """Version of this layout; older ones are brought up to it when they are read."""
    scenario: str = "vr_locomotion"
    """What is learned: a file of rl_training/scenarios."""
    experiment_name: str = ""
    """Names the run's files; not given: the scenario's or the game's name."""
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0
    """Everything random in the run comes from it."""
    run_root: str | None = None
    """Folder that holds models/ and logs/; not given: rl_training/, or ./rl_runs from pip."""
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    """The policy's network."""
    algorithm: SerializeAsAny[AlgorithmSettings] = Field(default_factory=PPOSettings)
    """How to learn; `algorithm.name` chooses."""
    rewards: RewardSettings = Field(default_factory=RewardSettings)
    """What is done to rewards."""
    observations: ObservationSettings = Field(default_factory=ObservationSettings)
    """What is done to observations."""
    actions: ActionSettings = Field(default_factory=ActionSettings)
    """How actions are explored."""
    environment: EnvironmentSettings = Field(default_factory=EnvironmentSettings)
    """Which game runs, and how."""
    cluster: ClusterSettings = Field(default_factory=ClusterSettings)
    """On which machines."""
    training: TrainingSettings = Field(default_factory=TrainingSettings)
    """How long, and what is left behind."""
    evaluation: EvaluationSettings = Field(default_factory=EvaluationSettings)
    """Evaluation while training."""
    parameters: ParameterSettings = Field(default_factory=lambda: ParameterSettings.from_dict({}))
    """Environment parameters, from the first episode on."""
    curriculum: CurriculumSettings = Field(default_factory=lambda: CurriculumSettings.from_dict({}))
    """How parameters change as the policy learns."""
    levels: LevelSettings = Field(default_factory=LevelSettings)
    """Which episodes are played."""
    policies: PolicySettings = Field(default_factory=lambda: PolicySettings.from_dict({}))
    """Policies of groups of agents, by the groups' names."""
    debug: DebugSettings = Field(default_factory=DebugSettings)
    """What is told and done for debugging."""
    self_play: SelfPlaySettings = Field(default_factory=SelfPlaySettings)
    """Frozen opponents in a share of the arenas."""
    finds: FindSettings = Field(default_factory=FindSettings)
    """An agent that is paid for finding bugs."""

    @field_validator("experiment_name")
    @classmethod
    def _named(cls, name: str) -> str:
        if name and re.fullmatch(_NAME, name) is None:
            raise ValueError(
                "must be letters, digits, '.', '_' and '-', starting with a letter or a digit, "
                f"and not 'archive'; found {name!r}"
            )
        return name

    @field_validator("algorithm", mode="before")
    @classmethod
    def _chosen(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        name = value.get("name", DEFAULT)
        if name not in SETTINGS:
            raise ConfigError(
                f"no algorithm {name!r}.{nearest(str(name), SETTINGS)} Known: {', '.join(SETTINGS)}"
            )
        return SETTINGS[name].from_dict(value, section="algorithm")

    @model_validator(mode="after")
    def _pool_is_filled(self) -> Self:
        if self.self_play.enabled and not self.training.milestone_interval:
            raise ValueError(
                "self_play.enabled needs training.milestone_interval, the timesteps between two "
                "snapshots that become opponents; found 0"
            )
        return self

    @model_validator(mode="after")
    def _rated_is_made(self) -> Self:
        if self.training.milestone_games and not self.training.milestone_interval:
            raise ValueError(
                "training.milestone_games needs training.milestone_interval, the timesteps between "
                "two milestones that are rated; found 0"
            )
        return self

    @model_validator(mode="after")
    def _age_is_corrected(self) -> Self:
        if self.cluster.stale_rollouts and self.algorithm.name != "ppo":
            raise ValueError(
                "cluster.stale_rollouts needs algorithm ppo, which clips by the policy that "
                f"played; found {self.algorithm.name}: set it to 0"
            )
        return self

    @model_validator(mode="after")
    def _widened_is_begun_with(self) -> Self:
        if self.training.start_log_std is not None and self.training.start_from is None:
            raise ValueError(
                "training.start_log_std widens the policy of training.start_from, and none is "
                "given: add it, or set actions.log_std_init for a policy that begins untrained"
            )
        return self

    @model_validator(mode="after")
    def _policies_fit(self) -> Self:
        for name, policy in self.policies.items():
            if any(getattr(policy, section) is not None for section in OWN_SECTIONS):
                self.for_policy(name)
        return self

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = {name: f"parameters.{name}" for name in self.parameters.names}
        for curriculum, lessons in self.curriculum.items():
            for name in (curriculum, *lessons.also):
                here = f"curriculum.{curriculum}"
                if sources.setdefault(name, here) != here:
                    raise TwoSourcesError(name, sources[name], here)
        return self

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], section: str = "") -> Self:
        """Make the settings from plain values, of this format or an older one."""
        return super().from_dict(old_format.brought_up(data), section)

    def replace(self, changes: Mapping[str, Any]) -> Self:
        """Return a copy with `changes` applied and validated; see `Section.replace`."""
        data, changed = self.to_dict(), old_format.brought_up(changes)
        wanted = changed.get("algorithm", {}).get("name", self.algorithm.name)
        if wanted != self.algorithm.name:
            data["algorithm"] = {}
        return super().from_dict(merged(data, changed))

    def for_policy(self, name: str) -> TrainConfig:
        """Return the settings with which the policy of a group learns, `policies` left out.

        Args:
            name: of the group; one that `policies` does not name learns as the run does.

        Raises:
            ConfigError: a setting of the policy is unknown or out of range.
        """
        data = own_settings(self.to_dict(), self.policies.of(name))
        data["policies"] = {}
        try:
            return TrainConfig.from_dict(data)
        except ConfigError as error:
            raise ConfigError(_of_policy(str(error), name)) from error

    def public_dict(self) -> dict[str, Any]:
        """Return the settings as every file may hold them: without secrets."""
        return without_secrets(self.to_dict())


def _of_policy(message: str, name: str) -> str:
    """Return a message about a run's setting as one about a policy's."""
    back = {run: own for own, run in RUN_SECTION.items()}
    for section in OWN_SECTIONS:
        run = RUN_SECTION.get(section, section)
        message = re.sub(
            rf"(^|the section ){run}(\.|\b)",
            lambda found, run=run: f"{found[1]}policies.{name}.{back.get(run, run)}{found[2]}",  # type: ignore[misc]
            message,
        )
    return message
