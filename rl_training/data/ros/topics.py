"""Which topics become which keys: the configuration of everything that reads ROS.

Read from YAML by `read_topics`; used by `bags`, `bridge` and `streams`. It opens no bag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from rl_training.errors import ConfigError, nearest

_TOP = ("observations", "actions", "reward", "end", "rate", "gap", "clock", "max_age")
_SOURCE = ("topic", "fields", "type", "image")


@dataclass(frozen=True)
class Source:
    """Numbers of the messages of a topic.

    Attributes:
        topic: its name, `/odom`.
        fields: dotted paths into a message, `twist.linear.x`, `ranges`, `poses.0.position`; lists
            and nested messages become their numbers, one after another. Empty: all numbers of it.
        type: `package/msg/Name`, which a live subscription tells; empty: the server finds it.
        image: the topic is a `sensor_msgs/Image`: a picture, (height, width, channels) bytes.
    """

    topic: str
    fields: tuple[str, ...] = ()
    type: str = ""
    image: bool = False


@dataclass(frozen=True)
class Topics:
    """How messages become trajectories.

    Attributes:
        observations: by key; several sources of a key are joined into one vector.
        actions: joined into one vector.
        reward: a number; what came between two decisions adds up. None: rewards are 0.
        end: a message that ends an episode: true (or any number but 0) terminated it, false
            truncated it. None: episodes end at gaps.
        rate: decisions a second, on an even grid; None: a decision for each message of the first
            source of the actions.
        gap: s without any message after which another episode begins.
        clock: "receive": when a message was recorded; "header": the stamp of its header, where it
            has one.
        max_age: s for which a message counts as the present; older ones end the episode. None: any.
    """

    observations: Mapping[str, tuple[Source, ...]]
    actions: tuple[Source, ...]
    reward: Source | None = None
    end: Source | None = None
    rate: float | None = None
    gap: float = 1.0
    clock: Literal["receive", "header"] = "receive"
    max_age: float | None = None
    origin: str = field(default="topics", compare=False)

    @property
    def sources(self) -> tuple[Source, ...]:
        """All of them, each once."""
        found = [one for sources in self.observations.values() for one in sources]
        found += [*self.actions, *([self.reward] if self.reward else [])]
        found += [self.end] if self.end else []
        return tuple(dict.fromkeys(found))

    @property
    def names(self) -> tuple[str, ...]:
        """Topics, each once."""
        return tuple(dict.fromkeys(one.topic for one in self.sources))


def read_topics(path: Path) -> Topics:
    """Read the configuration from a YAML file.

    Raises:
        ConfigError: it is missing, no YAML, or holds what is not known; the message names it.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    return topics_of(data, str(path))


def topics_of(data: Any, origin: str = "topics") -> Topics:
    """Make the configuration from plain values.

    Args:
        data: `{"observations": {KEY: SOURCE}, "actions": SOURCE, ...}`; a source is a topic's name,
            `{"topic", "fields", "type", "image"}`, or a list of such.
        origin: for messages.

    Raises:
        ConfigError: something is missing or not known.
    """
    _require_mapping(data, origin, _TOP)
    for name in ("observations", "actions"):
        if not data.get(name):
            raise ConfigError(f"{origin}: '{name}' is missing; it names topics (docs/data.md)")
    seen = data["observations"]
    if not isinstance(seen, Mapping):
        raise ConfigError(f"{origin}: observations must be topics by key; found {seen!r:.60}")
    clock = data.get("clock", "receive")
    if clock not in ("receive", "header"):
        raise ConfigError(f"{origin}: clock must be receive or header; found {clock!r}")
    return Topics(
        observations={
            str(key): _sources(value, f"{origin}: observations.{key}")
            for key, value in seen.items()
        },
        actions=_sources(data["actions"], f"{origin}: actions"),
        reward=_one(data.get("reward"), f"{origin}: reward"),
        end=_one(data.get("end"), f"{origin}: end"),
        rate=_positive(data.get("rate"), f"{origin}: rate"),
        gap=_positive(data.get("gap", 1.0), f"{origin}: gap") or 1.0,
        clock=clock,
        max_age=_positive(data.get("max_age"), f"{origin}: max_age"),
        origin=origin,
    )


def _sources(value: Any, where: str) -> tuple[Source, ...]:
    if isinstance(value, list):
        found = tuple(one for each in value for one in _sources(each, where))
        if any(one.image for one in found) and len(found) > 1:
            raise ConfigError(f"{where}: a picture needs a key of its own")
        return found
    if isinstance(value, str):
        value = {"topic": value}
    _require_mapping(value, where, _SOURCE)
    if not isinstance(value.get("topic"), str):
        raise ConfigError(f"{where}: 'topic' is missing")
    fields = value.get("fields", ())
    fields = (fields,) if isinstance(fields, str) else fields
    return (
        Source(
            topic=value["topic"],
            fields=tuple(str(each) for each in fields),
            type=str(value.get("type", "")),
            image=bool(value.get("image", False)),
        ),
    )


def _one(value: Any, where: str) -> Source | None:
    if value is None:
        return None
    found = _sources(value, where)
    if len(found) != 1 or found[0].image:
        raise ConfigError(f"{where}: expected one topic with one number")
    return found[0]


def _positive(value: Any, where: str) -> float | None:
    if value is None:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
        raise ConfigError(f"{where} must be a positive number; found {value!r}")
    return float(value)


def _require_mapping(value: Any, where: str, known: tuple[str, ...]) -> None:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} must be a mapping; found {value!r:.60}")
    for name in value:
        if name not in known:
            raise ConfigError(
                f"{where}: {name!r} is not known.{nearest(str(name), known)} Known: "
                f"{', '.join(known)}"
            )
