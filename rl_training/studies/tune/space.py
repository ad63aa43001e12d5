"""The search space: paths of settings, each with a distribution. YAML in, changes of settings out.

    algorithm.learning_rate: {log: [1e-4, 3e-3]}
    algorithm.n_epochs: {int: [2, 12]}
    network.net_arch: {choice: [[64, 64], [256, 256]]}

It knows nothing of Optuna: `study` turns distributions into its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rl_training.config import TrainConfig
from rl_training.config.files import read_settings
from rl_training.config.layers import flat, put_path
from rl_training.errors import ConfigError, nearest

Kind = Literal["float", "log", "int", "log_int", "choice"]
Scalar = None | bool | int | float | str
SPACES = Path(__file__).parent / "spaces"

_KINDS: Mapping[str, str] = {
    "float": "[low, high]",
    "log": "[low, high], low above 0",
    "int": "[low, high] or [low, high, step]",
    "log_int": "[low, high], low above 0",
    "choice": "[a, b, ...], at least two",
}
# The judge, and what belongs to one run: a search that changed them would compare unlike things.
_FIXED = (
    *("scenario", "experiment_name", "run_root", "format", "seed", "policies", "curriculum"),
    *("training.resume", "environment.port", "environment.token", "environment.viz"),
)


@dataclass(frozen=True)
class Distribution:
    """Where the values of one setting come from.

    Attributes:
        kind: "float" and "int": each value alike; "log" and "log_int": each order of magnitude
            alike; "choice": one of some values.
        low: least value of a range.
        high: largest value of a range.
        step: between two values of "int".
        values: of "choice".
    """

    kind: Kind
    low: float = 0.0
    high: float = 0.0
    step: int = 1
    values: tuple[Any, ...] = ()

    @property
    def labels(self) -> tuple[Scalar, ...]:
        """The choices as plain values, lists as JSON: what tables and storages hold."""
        return tuple(label(value) for value in self.values)

    def has(self, value: Any) -> bool:
        """Return whether the distribution can give a value."""
        if self.kind == "choice":
            return label(value) in self.labels
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if self.kind == "int" and (value - self.low) % self.step:
            return False
        return self.low <= value <= self.high

    def examples(self) -> tuple[Any, ...]:
        """Return the values that show whether the setting takes what comes: ends or choices."""
        if self.kind == "choice":
            return self.values
        whole = self.kind in ("int", "log_int")
        return tuple(int(end) if whole else end for end in (self.low, self.high))

    def to_list(self) -> dict[str, list[Any]]:
        """Return the distribution as its YAML has it."""
        if self.kind == "choice":
            return {self.kind: list(self.values)}
        ends = list(self.examples())
        return {self.kind: [*ends, self.step] if self.step != 1 else ends}


@dataclass(frozen=True)
class SearchSpace:
    """All that a search varies.

    Attributes:
        settings: path of a setting to its distribution.
    """

    settings: Mapping[str, Distribution]

    def changes(self, chosen: Mapping[str, Scalar]) -> dict[str, Any]:
        """Return the nested changes of settings that a trial's choice means.

        Args:
            chosen: path to a number, or to the label of a choice.
        """
        found: dict[str, Any] = {}
        for path, value in chosen.items():
            distribution = self.settings[path]
            if distribution.kind == "choice":
                value = distribution.values[distribution.labels.index(value)]
            put_path(found, path, value)
        return found

    def of(self, config: TrainConfig) -> dict[str, Scalar]:
        """Return what a configuration has at the space's paths; without those that are open."""
        known = dict(flat(config.to_dict()))
        return {path: label(known[path]) for path in self.settings if path in known}

    def to_dict(self) -> dict[str, Any]:
        """Return the space as its YAML has it."""
        return {path: each.to_list() for path, each in self.settings.items()}


def label(value: Any) -> Scalar:
    """Return a value as tables and storages hold it: lists and mappings as JSON."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return json.dumps(value, separators=(", ", ": "))


def read_space(data: Mapping[str, Any], where: str) -> SearchSpace:
    """Make a space of what its YAML holds.

    Args:
        data: path to {kind: values}.
        where: the file, for messages.

    Raises:
        ConfigError: a distribution is unknown or wrong, or a path must not be searched.
    """
    if not data:
        raise ConfigError(f"{where} holds no setting to search: write path: {{log: [low, high]}}")
    return SearchSpace({path: _distribution(path, each, where) for path, each in data.items()})


def space_file(path: Path) -> SearchSpace:
    """Read the space in a YAML or JSON file.

    Raises:
        ConfigError: it cannot be read, or `read_space` refuses it.
    """
    return read_space(read_settings(path), str(path))


def default_space(algorithm: str) -> SearchSpace:
    """Return the space that comes with the package for an algorithm.

    Raises:
        ConfigError: there is none.
    """
    path = SPACES / f"{algorithm}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in SPACES.glob("*.yaml")))
        raise ConfigError(
            f"no search space comes with {algorithm}: give one with --space FILE. There are some "
            f"for {known}"
        )
    return space_file(path)


def require_fit(space: SearchSpace, config: TrainConfig) -> None:
    """Refuse a space whose values the settings would not take; looked at before anything runs.

    Raises:
        ConfigError: the setting does not exist, or a value is out of its range.
    """
    known = dict(flat(config.to_dict()))
    for path, distribution in space.settings.items():
        if path not in known and not path.startswith("parameters."):
            raise ConfigError(f"the search space: no setting {path!r}.{nearest(path, known)}")
        for value in distribution.examples():
            changes: dict[str, Any] = {}
            put_path(changes, path, value)
            try:
                config.replace(changes)
            except ConfigError as error:
                # Settings that do not fit together may fit as a trial chooses them.
                if str(error).startswith((f"{path} must", "unknown setting")):
                    raise ConfigError(f"the search space: {error}") from error
    _require_one_judge(space, config)


def _require_one_judge(space: SearchSpace, config: TrainConfig) -> None:
    """Every trial is evaluated on the same game: its parameters must not come from the search."""
    fixed = {*config.parameters.names, *config.evaluation.parameters}
    for path in space.settings:
        section, _, name = path.partition(".")
        if section == "parameters" and name not in fixed:
            raise ConfigError(
                f"the search space varies {path}: say what evaluations have, or trials are not "
                f"comparable: --set evaluation.parameters.{name}=VALUE"
            )


def _distribution(path: str, given: Any, where: str) -> Distribution:
    if any(path == each or path.startswith(f"{each}.") for each in (*_FIXED, "evaluation")):
        raise ConfigError(f"{where}: {path} is the same in all trials; it cannot be searched")
    if not isinstance(given, Mapping) or len(given) != 1:
        raise ConfigError(f"{where}: {path} must be {{kind: values}}, {_examples()}")
    kind, values = next(iter(given.items()))
    if kind not in _KINDS:
        raise ConfigError(
            f"{where}: {path}: no distribution {kind!r}.{nearest(str(kind), _KINDS)} {_examples()}"
        )
    try:
        return _made(kind, values)
    except (TypeError, ValueError):
        raise ConfigError(
            f"{where}: {path}: {kind} takes {_KINDS[kind]}; found {values!r}"
        ) from None


def _made(kind: Kind, values: Any) -> Distribution:
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise TypeError
    if kind == "choice":
        if len({label(value) for value in values}) < max(2, len(values)):
            raise ValueError
        return Distribution(kind, values=tuple(values))
    whole = kind in ("int", "log_int")
    if any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in values):
        raise TypeError
    if whole and any(each != int(each) for each in values):
        raise ValueError
    low, high, *more = values
    step = int(more[0]) if more else 1
    if len(more) > (kind == "int") or low >= high or step < 1:
        raise ValueError
    if kind in ("log", "log_int") and low <= 0:
        raise ValueError
    return Distribution(kind, low, high, step)


def _examples() -> str:
    return "for example {log: [1e-4, 1e-2]} or {choice: [32, 64]}; kinds: " + ", ".join(_KINDS)
