"""Rates milestones as they are written: matches against a fixed ladder, in an engine of their own.

Made by the pipeline where `training.milestone_games` is set; the writer of milestones calls it with
each new one. The training's engines stand still meanwhile, as during an evaluation.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rl_training.config import TrainConfig
from rl_training.errors import ConfigError, HarnessError
from rl_training.project_files import our_project
from rl_training.ratings.contestants import Contestant, model_contestant
from rl_training.ratings.matches import Result, against
from rl_training.ratings.record import Ratings, player_of, sha256_of
from rl_training.ratings.tournament import Engines, play_tournament
from rl_training.runs.milestones import Milestone
from rl_training.scenarios import MatchRules, get_scenario

logger = logging.getLogger(__name__)

_NAME = "milestone"


@dataclass(frozen=True)
class Place:
    """A milestone's place on a ladder.

    Attributes:
        rating: `rating/mu`, its rating; `rating/low` and `rating/high`, its 95 % interval;
            `rating/games`, the matches that were played.
        ladder: SHA-256 of the ladder; places on one ladder can be compared.
    """

    rating: dict[str, float]
    ladder: str


class MilestoneRater:
    """Places milestones on a ladder.

    Args:
        ladder: its players are fixed.
        path: of the ladder's file; models lie beside it.
        games: matches at least; whole meetings with every player of the ladder are played.
        engines: how matches are played.
        is_over: whether the run is to end; matches that are left are not played then.
        stage: tells whoever watches the run what it does meanwhile.
    """

    def __init__(
        self,
        ladder: Ratings,
        path: Path,
        games: int,
        engines: Engines,
        is_over: Callable[[], bool],
        stage: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._ladder = ladder
        self._others = ladder.contestants(path)
        self._rules = get_scenario(ladder.match.scenario).match or MatchRules()
        self._starts = math.ceil(games / (2 * len(ladder.players)))
        self._engines = engines
        self._is_over = is_over
        self._stage = stage

    def __call__(self, milestone: Milestone) -> Place | None:
        """Play and rate; None where the run was to end, or the play failed, which is logged."""
        name = _NAME
        while name in self._others:
            name += "-"
        one = model_contestant(name, milestone.onnx(""))
        players = (*self._ladder.players, player_of(one))
        before = self._ladder.model_copy(update={"players": players, "pairings": ()})
        with self._stage():
            found = self._play(milestone, before, {**self._others, name: one}, name)
        if found is None:
            return None
        got = found.player(name)
        if got.mu is None or got.low is None or got.high is None:
            return None
        games = float(len(found.results))
        logger.info(
            "milestone %s is rated %.1f (%.1f to %.1f) by %d games",
            milestone.name,
            got.mu,
            got.low,
            got.high,
            games,
        )
        told = {"mu": got.mu, "low": got.low, "high": got.high, "games": games}
        return Place({f"rating/{key}": value for key, value in told.items()},
                     sha256_of(self._ladder))  # fmt: skip

    def _play(
        self, milestone: Milestone, before: Ratings, people: dict[str, Contestant], name: str
    ) -> Ratings | None:
        wanted = against([name], list(self._others), self._starts)
        try:
            return play_tournament(
                before, people, wanted, self._rules, self._engines, on_result=self._look
            )
        except _OverError:
            logger.info("milestone %s is not rated: the run ends", milestone.name)
        except HarnessError as error:
            # A rating is not worth a run.
            logger.warning("milestone %s is not rated: %s", milestone.name, error)
        return None

    def _look(self, _result: Result) -> None:
        if self._is_over():
            raise _OverError


class _OverError(Exception):
    """The run is to end."""


def ladder_of(config: TrainConfig) -> tuple[Path, Ratings] | None:
    """Return the ladder that a run's milestones are placed on; None: they are not rated.

    Raises:
        ConfigError: there is none for the scenario, or it is of another one.
        UsageError: the file is no ladder.
    """
    given = config.training
    if not given.milestone_games:
        return None
    if given.milestone_ladder is not None:
        path = Path(given.milestone_ladder)
    else:
        path = our_project() / "baselines" / f"{config.scenario}_ladder.json"
        if not path.is_file():
            raise ConfigError(
                f"training.milestone_games needs a ladder; {config.scenario!r} has none: make one "
                "with spacetime-rl rate --output LADDER.json (docs/ratings.md) and give it as "
                "training.milestone_ladder"
            )
    ladder = Ratings.load(path).as_fixed()
    if not ladder.players:
        raise ConfigError(f"training.milestone_ladder: nobody is rated in {path}")
    if ladder.match.scenario != config.scenario:
        raise ConfigError(
            f"training.milestone_ladder: {path} is of the scenario {ladder.match.scenario!r}; the "
            f"run trains {config.scenario!r}"
        )
    return path, ladder


def make_rater(
    config: TrainConfig,
    ladder: tuple[Path, Ratings] | None,
    policies: int,
    is_over: Callable[[], bool],
    stage: Callable[[], AbstractContextManager[None]],
) -> MilestoneRater | None:
    """Return what rates a run's milestones; None: the settings ask for none.

    Args:
        config: the run.
        ladder: see `ladder_of`.
        policies: how many learn.
        is_over: see `MilestoneRater`.
        stage: see `MilestoneRater`.

    Raises:
        ConfigError: several policies learn.
        HarnessError: a model of the ladder is missing or another one.
    """
    if ladder is None:
        return None
    if policies > 1:
        raise ConfigError(
            f"training.milestone_games needs one policy that plays both sides; {policies} learn: "
            "let one share the other's, such as policies: {right: {shares: left}}"
        )
    path, players = ladder
    where = config.environment
    engines = Engines(
        num_envs=1,
        timeout_s=where.timeout_s,
        godot=where.godot,
        env_path=where.env_path,
        project_path=where.project_path,
    )
    return MilestoneRater(players, path, config.training.milestone_games, engines, is_over, stage)
