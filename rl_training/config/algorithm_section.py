"""What the settings of all algorithms share; `algorithms` and `imitation` build on it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import Field

from rl_training.config.section import Section

Rate = Annotated[float, Field(gt=0.0, le=1.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Discount = Annotated[float, Field(gt=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]


class AlgorithmSettings(Section):
    """What every algorithm has."""

    SECTIONS: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """What the algorithm changes in other sections, below the scenario's layer."""
    SETTINGS_OF: ClassVar[str] = ""
    """Another algorithm that has the same settings: what a scenario or a preset says of that one
    counts for this one too."""

    name: str
    """The algorithm, as registered."""
    learning_rate: Rate = 3e-4
    """Step size at the start."""
    learning_rate_decay: bool = False
    """The step size falls linearly to zero at the last timestep."""
    gamma: Discount = 0.99
    """Discount factor."""


class DaggerRounds(AlgorithmSettings):
    """What rounds of playing, asking and learning share."""

    SECTIONS: ClassVar[Mapping[str, Any]] = MappingProxyType({"network": {"net_arch": [16, 16]}})
    iterations: Count = 20
    """How often states are collected and learned from."""
    beta_decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    """In iteration i a decision is the teacher's with probability beta_decay^i."""
    updates: Count = 500
    """Gradient steps of each iteration."""
    batch_size: Count = 1024
    """Examples per gradient step."""
    learning_rate: Rate = 2e-3
    """Adam's step size at the start."""
    capacity: Count = 1_000_000
    """Examples that are kept."""
