"""`policies:` and `parameters:` of a configuration: sections whose names are the user's own.

A policy holds only what differs from the run; `TrainConfig.for_policy` puts both together. The
sections here check shapes; that the values fit is checked there, where the run's are known.
"""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from typing_extensions import Self

from rl_training.config.algorithms import SETTINGS
from rl_training.config.schedules import ScheduledValue
from rl_training.config.section import Section

PolicyState = Literal["learning", "frozen", "scripted"]
FrozenActions = Literal["auto", "sampled", "deterministic"]

OWN_SECTIONS = ("algorithm", "network", "rewards", "observations", "exploration")
"""Sections that a policy may have of its own; `exploration` is the run's `actions`."""
RUN_SECTION = {"exploration": "actions"}
"""The run's name of a policy's section, where it is another one."""


class FreeNames(Section):
    """A section whose names the user chooses."""

    model_config = ConfigDict(extra="allow")

    VALUES: ClassVar[type[Section] | None] = None
    """What stands under each name; None: a plain value."""

    def items(self) -> ItemsView[str, Any]:
        """Return (name, value) in the order given."""
        return (self.model_extra or {}).items()

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order given."""
        return tuple(self.model_extra or {})


class ParameterSettings(FreeNames):
    """Environment parameters that a scene reads (docs/parameters.md), by name."""

    __pydantic_extra__: dict[str, ScheduledValue]

    @model_validator(mode="after")
    def _named(self) -> Self:
        if "" in self.names:
            raise ValueError("a parameter must have a name")
        return self


class PolicySection(Section):
    """The policy of one group of agents; what is not given is as the run has it."""

    state: PolicyState = "learning"
    """It learns, is played by a model that stays as it is, or by the game's own control."""
    model: str | None = None
    """The model of a frozen policy: a .zip checkpoint or an .onnx file."""
    actions: FrozenActions = "auto"
    """How a frozen policy acts; "auto": sampled where its file tells a distribution."""
    shares: str | None = None
    """Name of a group whose policy plays this one too, and learns from both."""
    algorithm: dict[str, Any] | None = None
    """Settings of its algorithm; with another `name` than the run's, that one's defaults hold."""
    network: dict[str, Any] | None = None
    """Settings of its network."""
    rewards: dict[str, Any] | None = None
    """What is done to its rewards."""
    observations: dict[str, Any] | None = None
    """What is done to its observations."""
    exploration: dict[str, Any] | None = None
    """How its actions are explored: what the run has in `actions`."""

    @model_validator(mode="after")
    def _meant(self) -> Self:
        own = [name for name in OWN_SECTIONS if getattr(self, name) is not None]
        if self.state == "frozen":
            if self.model is None:
                raise ValueError("a frozen policy needs model: a .zip checkpoint or an .onnx file")
            if not self.model.endswith((".zip", ".onnx")):
                raise ValueError(
                    f"model must be a .zip checkpoint or an .onnx file; found {self.model!r}"
                )
        elif self.model is not None:
            raise ValueError(f"model is of a frozen policy; this one is {self.state}")
        if self.state != "frozen" and self.actions != "auto":
            raise ValueError(f"actions is of a frozen policy; this one is {self.state}")
        if self.state != "learning" and own:
            raise ValueError(f"{own[0]} is of a policy that learns; this one is {self.state}")
        if self.shares is not None and (self.state != "learning" or own):
            given = own[0] if own else f"state {self.state!r}"
            raise ValueError(
                f"a group that shares a policy has no settings of its own; found {given}"
            )
        return self

    @model_serializer(mode="wrap")
    def _given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what is not given: it is the run's."""
        return {key: value for key, value in handler(self).items() if value is not None}


class PolicySettings(FreeNames):
    """Policies by the name of their group (`policy_name` of its agents); docs/multi_agent.md.

    A group that is not named here learns with the run's settings.
    """

    __pydantic_extra__: dict[str, Annotated[PolicySection, Field()]]

    VALUES: ClassVar[type[Section] | None] = PolicySection

    @model_validator(mode="before")
    @classmethod
    def _empty_means_plain(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {name: {} if value is None else value for name, value in data.items()}

    @model_validator(mode="after")
    def _sharing(self) -> Self:
        for name, policy in self.items():
            if policy.shares == name:
                raise ValueError(f"{name} cannot share its own policy")
            other = self.of(policy.shares) if policy.shares is not None else None
            if other is not None and (other.shares is not None or other.state != "learning"):
                what = f"shares {other.shares}'s" if other.shares else f"is {other.state}"
                raise ValueError(
                    f"{name} shares the policy of {policy.shares}, which {what}; name a group "
                    "that learns by itself"
                )
        return self

    def of(self, name: str) -> PolicySection:
        """Return the section of a group; the defaults when it is not named."""
        found: PolicySection = (self.model_extra or {}).get(name) or PolicySection()
        return found


def own_settings(run: Mapping[str, Any], policy: PolicySection) -> dict[str, Any]:
    """Return a run's settings as one of its policies learns with them, nested, not validated.

    With another algorithm than the run's, `algorithm` begins from that algorithm's defaults, and so
    do the settings of other sections that either of both algorithms changes (its network, whether
    rewards are normalised): they are of an algorithm, not of the run.

    Args:
        run: the run's settings, nested.
        policy: what differs.
    """
    result = {name: dict(value) for name, value in run.items() if isinstance(value, Mapping)}
    before = str(run["algorithm"]["name"])
    chosen = str((policy.algorithm or {}).get("name", before))
    if chosen != before and chosen in SETTINGS:
        result["algorithm"] = {"name": chosen}
        for settings in (SETTINGS[before], SETTINGS[chosen]):
            for section, values in settings.SECTIONS.items():
                for name in values:
                    result[section].pop(name, None)
        for section, values in SETTINGS[chosen].SECTIONS.items():
            result[section] |= values
    for section in OWN_SECTIONS:
        name = RUN_SECTION.get(section, section)
        result[name] = {**result[name], **(getattr(policy, section) or {})}
    return {**run, **result}
