"""The file of ratings: who played whom, how, with what result, and what each is rated.

A ladder, a new player's place on it, and a round robin are the same file. It holds the results;
ratings are computed from them again whenever some are added. Players marked `fixed` keep theirs.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from rl_training.errors import UsageError
from rl_training.ratings.contestants import Contestant, Kind, model_contestant
from rl_training.ratings.matches import Planned, Result, whole_meetings
from rl_training.ratings.strength import Known, Rating, rate
from rl_training.runs.atomic import atomic_path, write_text

FORMAT = 1

_FROZEN = ConfigDict(frozen=True, extra="forbid")
Row: TypeAlias = tuple[int, FiniteFloat, FiniteFloat, int]
"""Start, score of the first, score of the second, decisions."""


class MatchSettings(BaseModel):
    """What was played; results of other settings are not comparable.

    Attributes:
        scenario: its name.
        scene_path: of the scene; None: the project's main one.
        score: what decided a match (`MatchRules.score`).
        action_repeat: physics ticks per decision; None: the scene's.
        parameters: environment parameters of all matches.
        seed: of the starts.
    """

    model_config = _FROZEN
    scenario: str
    scene_path: str | None = None
    score: str
    action_repeat: int | None = None
    parameters: dict[str, FiniteFloat] = Field(default_factory=dict)
    seed: int

    def difference(self, other: MatchSettings) -> str:
        """Return what differs in another, as one line; empty: nothing."""
        mine, theirs = self.model_dump(), other.model_dump()
        return "; ".join(
            f"{name} {theirs[name]!r} instead of {mine[name]!r}"
            for name in mine
            if mine[name] != theirs[name]
        )


class Player(BaseModel):
    """One who is rated.

    Attributes:
        name: unlike all others'.
        kind: a model, random actions, or the game's own control.
        driver: number that chooses the game's control.
        model: its file; relative to this one, where it lies beside it.
        sha256: of the file.
        fixed: its rating stays.
        mu, sigma, low, high: see `strength.Rating`; None: it has not played a whole meeting.
    """

    model_config = _FROZEN
    name: str
    kind: Kind
    driver: FiniteFloat | None = None
    model: str = ""
    sha256: str = ""
    fixed: bool = False
    mu: FiniteFloat | None = None
    sigma: FiniteFloat | None = None
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None


class Pairing(BaseModel):
    """Matches of two players, this way round.

    Attributes:
        first: who played the scene's first group.
        second: who played the other.
        results: a row for each match, by start.
    """

    model_config = _FROZEN
    first: str
    second: str
    results: tuple[Row, ...]


class Ratings(BaseModel):
    """The file.

    Attributes:
        format: of this file.
        match: what was played.
        engine: version of Godot.
        arenas: copies of the scene in each engine, and how many engines: the same results come
            only with the same numbers.
        ladder: SHA-256 of the ladder that players were placed on; empty: of another kind.
        players: the best first.
        pairings: by names.
    """

    model_config = _FROZEN
    format: Literal[1] = 1
    match: MatchSettings
    engine: str = ""
    arenas: tuple[int, int] = (0, 0)
    ladder: str = ""
    players: tuple[Player, ...] = ()
    pairings: tuple[Pairing, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Ratings:
        """Read a file.

        Raises:
            UsageError: there is none, or it is no file of ratings.
        """
        if not path.is_file():
            raise UsageError(f"no ratings at {path}: spacetime-rl rate --output writes them")
        try:
            return cls.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            reason = f"{where}: {first['msg']}"
        except (ValueError, TypeError) as error:
            reason = str(error)
        raise UsageError(f"{path} is no file of spacetime-rl rate: {reason}")

    def save(self, path: Path) -> None:
        """Write the file, a row of results to a line.

        Raises:
            StorageError: it cannot be written.
        """
        write_text(path, self.text())

    def text(self) -> str:
        """Return the file's content."""
        data = self.model_dump(mode="json")
        pairings = data.pop("pairings")
        head = json.dumps(data, indent=1)[:-2]
        lines = [
            json.dumps({key: pair[key] for key in ("first", "second")})[:-1]
            + ', "results": [\n   '
            + ",\n   ".join(_rows_of_ten(pair["results"]))
            + "]}"
            for pair in pairings
        ]
        return f'{head},\n "pairings": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"

    @property
    def results(self) -> list[Result]:
        """Every match."""
        return [
            Result(Planned(pair.first, pair.second, start), (one, other), decisions)
            for pair in self.pairings
            for start, one, other, decisions in pair.results
        ]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the players, the best first."""
        return tuple(player.name for player in self.players)

    def player(self, name: str) -> Player:
        """Return a player by name; KeyError: there is none."""
        return {each.name: each for each in self.players}[name]

    def fixed(self) -> dict[str, Known]:
        """Return the players whose ratings stay."""
        return {
            each.name: Known(each.mu, each.sigma)
            for each in self.players
            if each.fixed and each.mu is not None and each.sigma is not None
        }

    def rated(self, results: Iterable[Result]) -> Ratings:
        """Return the same with other results, and the ratings that follow from them."""
        every = list(results)
        pairings = _pairings(every)
        fixed = self.fixed()
        counted = [
            one for one in every if not (one.match.first in fixed and one.match.second in fixed)
        ]
        is_known = any(whole_meetings(counted).values())
        found = rate(counted, fixed) if is_known else {}
        players = [_with(each, found.get(each.name)) for each in self.players]
        players.sort(key=lambda each: (-(each.mu if each.mu is not None else -1e9), each.name))
        return self.model_copy(update={"players": tuple(players), "pairings": pairings})

    def as_fixed(self) -> Ratings:
        """Return the same with all ratings fixed.

        Raises:
            UsageError: a player has none.
        """
        without = [each.name for each in self.players if each.mu is None]
        if without:
            raise UsageError(f"{', '.join(without)}: no rating yet, so this is no ladder")
        fixed = tuple(each.model_copy(update={"fixed": True}) for each in self.players)
        return self.model_copy(update={"players": fixed})

    def with_models_beside(self, path: Path) -> Ratings:
        """Copy the models to where the file is, and return the same with their names.

        Raises:
            StorageError: the folder cannot be written.
        """
        players = []
        for each in self.players:
            if each.kind == "model":
                source = Path(each.model)
                kept = path.with_name(f"{path.stem}.{each.name}{source.suffix}")
                if kept != source and source.is_file():
                    with atomic_path(kept) as temporary:
                        shutil.copyfile(source, temporary)
                if kept.is_file():
                    each = each.model_copy(update={"model": kept.name})
            players.append(each)
        return self.model_copy(update={"players": tuple(players)})

    def without_paths(self) -> Ratings:
        """Return the same with the models' names only: nothing of this machine is kept."""
        players = [each.model_copy(update={"model": Path(each.model).name}) if each.model else each
                   for each in self.players]  # fmt: skip
        return self.model_copy(update={"players": tuple(players)})

    def contestants(self, path: Path) -> dict[str, Contestant]:
        """Return who the players are.

        Args:
            path: of this file: models may lie beside it.

        Raises:
            ModelError: a model's file is missing.
            UsageError: a model's file is another one than was rated.
        """
        found = {}
        for each in self.players:
            if each.kind != "model":
                found[each.name] = Contestant(each.name, each.kind, driver=each.driver)
                continue
            beside = path.parent / each.model
            one = model_contestant(each.name, beside if beside.is_file() else Path(each.model))
            if one.sha256 != each.sha256:
                raise UsageError(
                    f"{one.model} is another file than the player {each.name!r} of {path}: give it "
                    "another name, NAME=PATH"
                )
            found[each.name] = one
        return found


def player_of(one: Contestant) -> Player:
    """Return what a file holds of one who has not played yet."""
    model = "" if one.model is None else str(one.model)
    return Player(name=one.name, kind=one.kind, driver=one.driver, model=model, sha256=one.sha256)


def sha256_of(ratings: Ratings) -> str:
    """Return what tells a ladder from others: its settings and ratings, not its matches."""
    data: dict[str, Any] = {
        "match": ratings.match.model_dump(mode="json"),
        "players": sorted((p.name, p.sha256, p.mu, p.sigma) for p in ratings.players),
    }
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _with(player: Player, rating: Rating | None) -> Player:
    if rating is None:
        return player
    rounded = {key: round(getattr(rating, key), 3) for key in ("mu", "sigma", "low", "high")}
    return player.model_copy(update=rounded)


def _pairings(results: Iterable[Result]) -> tuple[Pairing, ...]:
    rows: dict[tuple[str, str], dict[int, Row]] = {}
    for result in results:
        first, second, start = result.match
        row = (start, *result.scores, result.decisions)
        rows.setdefault((first, second), {})[start] = row
    return tuple(
        Pairing(first=pair[0], second=pair[1], results=tuple(found[s] for s in sorted(found)))
        for pair, found in sorted(rows.items())
    )


def _rows_of_ten(rows: list[Any]) -> list[str]:
    texts = [json.dumps(_short(row), separators=(",", ":")) for row in rows]
    return [", ".join(texts[i : i + 10]) for i in range(0, len(texts), 10)]


def _short(row: Mapping[int, Any] | list[Any]) -> list[Any]:
    return [int(value) if float(value).is_integer() else value for value in row]
