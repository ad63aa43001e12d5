"""One training run, as one frozen value: what is trained, on what, how, and for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SerializeAsAny, field_validator
from typing_extensions import Self

from rl_training.config import old_format
from rl_training.config.algorithms import DEFAULT, SETTINGS, AlgorithmSettings, PPOSettings
from rl_training.config.section import Section, merged
from rl_training.config.sections import (
    ActionSettings,
    CurriculumSettings,
    EnvironmentSettings,
    EvaluationSettings,
    NetworkSettings,
    ObservationSettings,
    ParameterSettings,
    PolicySettings,
    RewardSettings,
    TrainingSettings,
)
from rl_training.errors import ConfigError, nearest
from rl_training.limits import MAX_SEED
from rl_training.redaction import without_secrets

FORMAT = old_format.FORMAT

_NAME = r"(?!archive$)[A-Za-z0-9][A-Za-z0-9._-]*"


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
    training: TrainingSettings = Field(default_factory=TrainingSettings)
    """How long, and what is left behind."""
    evaluation: EvaluationSettings = Field(default_factory=EvaluationSettings)
    """Evaluation while training."""
    parameters: ParameterSettings = Field(default_factory=ParameterSettings)
    """Environment parameters."""
    curriculum: CurriculumSettings = Field(default_factory=CurriculumSettings)
    """How parameters change."""
    policies: PolicySettings = Field(default_factory=PolicySettings)
    """Policies of groups of agents."""

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

    def public_dict(self) -> dict[str, Any]:
        """Return the settings as every file may hold them: without secrets."""
        return without_secrets(self.to_dict())
