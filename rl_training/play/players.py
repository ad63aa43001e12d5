"""Who plays the agents: one model for all, or a model for each group, as it was given.

A group is the agents of one `policy_name`. Commands make `Players` of their `--model` flags, the
evaluation asks it by the groups that the scene has. It opens no file and imports no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rl_training.errors import UsageError, nearest

GAME = "game"
"""In place of a model's file: the game's own control, or a person at it, plays the group."""
RANDOM = Path("random")
"""In place of a model's file: random actions, the same in every evaluation."""

Given = Path | str | Mapping[str, Path | str] | None
"""A model for all agents, or for each group by name; `GAME` in place of a file."""


@dataclass(frozen=True)
class Players:
    """Which model plays which agents.

    Attributes:
        others: the model of every group that is not named; None: there is none.
        groups: name of a group to its model; None: the game's own control.
    """

    others: Path | None = None
    groups: Mapping[str, Path | None] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Given | Players) -> Players:
        """Make one of a path for all, or of a mapping from groups to paths.

        Raises:
            UsageError: nobody plays.
        """
        if isinstance(given, Players):
            return given
        if isinstance(given, Mapping):
            if not given:
                raise UsageError("no model is given: name one for each group")
            return cls(groups={name: _player(file) for name, file in given.items()})
        return cls(None if given is None else Path(given))

    @property
    def single(self) -> Path | None:
        """The model that plays all agents; None: groups have their own."""
        return None if self.groups else self.others

    @property
    def files(self) -> tuple[Path, ...]:
        """Every model's file, each once."""
        given = [*self.groups.values(), self.others]
        return tuple(dict.fromkeys(file for file in given if file not in (None, RANDOM)))

    @property
    def any_random(self) -> bool:
        """Whether random actions play somebody."""
        return RANDOM in (*self.groups.values(), self.others)

    def model_of(self, group: str) -> Path | None:
        """Return what plays a group; None: the game's own control.

        Raises:
            UsageError: nothing does.
        """
        if group in self.groups:
            return self.groups[group]
        if self.others is None:
            raise UsageError(
                f"the group {group!r} has no model: add --model {group}=PATH, or "
                f"--model {group}={GAME} for the game's own control"
            )
        return self.others

    def label_of(self, group: str) -> str:
        """Return what plays a group as text: the file as it was given, or `GAME`."""
        model = self.model_of(group)
        return GAME if model is None else str(model)

    def require_known(self, groups: Iterable[str], *, every: bool = True) -> None:
        """Check that the scene has the groups that are named, and that all of its own are played.

        Args:
            groups: names of the scene's groups.
            every: False: some of them may have no model.

        Raises:
            UsageError: it has not, or one has no model.
        """
        known = list(groups)
        for name in self.groups:
            if name not in known:
                raise UsageError(
                    f"the scene has no group {name!r}.{nearest(name, known)} It has: "
                    f"{', '.join(repr(each) for each in known)}"
                )
        for name in known if every else ():
            self.model_of(name)

    def played_by_game(self, groups: Iterable[str]) -> Players:
        """Return the same with groups that the game's own control plays."""
        return replace(self, groups={**self.groups, **dict.fromkeys(groups)})

    def words(self) -> list[str]:
        """Return the words of a command that name the same players."""
        words = [] if self.others is None else ["--model", str(self.others)]
        for name, file in self.groups.items():
            words += ["--model", f"{name}={GAME if file is None else file}"]
        return words

    def __str__(self) -> str:
        """Return the model's file, or each group with its own."""
        named = [f"{name}={GAME if file is None else file}" for name, file in self.groups.items()]
        return ", ".join([*([] if self.others is None else [str(self.others)]), *named])


def read_players(words: Sequence[str]) -> Players:
    """Read the values of `--model`: `PATH` for all agents, or `GROUP=PATH`, one for each group.

    A path that holds `=` and exists is a path.

    Raises:
        UsageError: two name the same agents.
    """
    others: Path | None = None
    groups: dict[str, Path | None] = {}
    for word in words:
        group, file = split_word(word)
        if not group:
            if others is not None:
                raise UsageError(
                    f"--model {others} and --model {file} both play all agents: name the groups, "
                    "--model GROUP=PATH"
                )
            others = Path(file)
            continue
        if group in groups:
            raise UsageError(f"--model names the group {group!r} twice")
        groups[group] = _player(file)
    return Players(others, groups)


def split_word(word: str) -> tuple[str, str]:
    """Return group (empty: all agents) and file of one value of `--model`.

    Raises:
        UsageError: a part is missing.
    """
    group, equals, file = word.partition("=")
    if not equals or Path(word).exists():
        return "", word
    if not group or not file:
        raise UsageError(f"--model takes PATH or GROUP=PATH; found {word!r}")
    return group, file


def _player(file: Path | str) -> Path | None:
    return None if str(file) == GAME else Path(file)


def parameters_text(parameters: Mapping[str, object]) -> str:
    """Return environment parameters as text: names with their numbers or samplers, by name."""
    shown = {n: f"{v:g}" if isinstance(v, float) else str(v) for n, v in parameters.items()}
    return ", ".join(f"{name}={value}" for name, value in sorted(shown.items()))
