"""How often one group's models win against another's: every pairing plays the same episodes.

`spacetime-rl compare --wins_of GROUP` prints it; ratings stand on it. It starts engines only
through `evaluate`.
"""

from __future__ import annotations

import dataclasses
import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.config.samplers import specification
from rl_training.errors import UsageError, nearest
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import Interval
from rl_training.evaluation.request import EvaluationRequest
from rl_training.play.players import GAME

logger = logging.getLogger(__name__)

Play = Callable[[EvaluationRequest], EvaluationReport]


@dataclass(frozen=True)
class Match:
    """What one pairing came to; every number is of the group whose wins are counted.

    Attributes:
        models: name of each group to its model, a file or "game".
        wins: episodes that succeeded (`is_success`).
        episodes: that tell success.
        win_rate: wins / episodes.
        win_rate_ci95: Wilson's interval of it.
        mean_reward: of an episode.
        mean_reward_ci95: of it.
        engine_errors: errors of the game's scripts in the engines' logs.
    """

    models: Mapping[str, str]
    wins: int
    episodes: int
    win_rate: float
    win_rate_ci95: Interval
    mean_reward: float
    mean_reward_ci95: Interval
    engine_errors: int = 0


@dataclass(frozen=True)
class HeadToHead:
    """All pairings.

    Attributes:
        wins_of: the group whose wins are counted.
        seed: of the episodes; the same for each pairing.
        parameters: environment parameters that were set: numbers, or samplers' text forms.
        matches: in the order in which the models were given, the last group's first.
    """

    wins_of: str
    seed: int
    parameters: Mapping[str, float | str]
    matches: tuple[Match, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return dataclasses.asdict(self)

    def comparisons(self) -> list[tuple[Match, Match, bool]]:
        """Return each two matches that differ in one group's model, and if they tell them apart.

        They do where their intervals do not overlap, which is stricter than a test at 5 %.
        """
        found = []
        for one, other in itertools.combinations(self.matches, 2):
            if sum(one.models[name] != other.models[name] for name in one.models) == 1:
                apart = (
                    one.win_rate_ci95[0] > other.win_rate_ci95[1]
                    or other.win_rate_ci95[0] > one.win_rate_ci95[1]
                )
                found.append((one, other, apart))
        return found


def head_to_head(
    request: EvaluationRequest,
    models: Mapping[str, Sequence[Path | str]],
    wins_of: str,
    play: Play = evaluate,
) -> HeadToHead:
    """Play each group's models against each other's, every combination.

    Args:
        request: which episodes of which scene; its `model` is not used, its `episodes` are those
            of all agents together in each pairing.
        models: name of each group to its models, files or `GAME`; at least one each.
        wins_of: the group whose wins are counted.
        play: plays one pairing.

    Raises:
        UsageError: the group is not among them, does not tell `is_success`, or is not played.
        HarnessError: a model, the scenario or the engine cannot be used.
    """
    if wins_of not in models:
        raise UsageError(
            f"the group {wins_of!r} whose wins are counted has no model."
            f"{nearest(wins_of, models)} Give --model {wins_of}=PATH"
        )
    matches = []
    pairings = list(itertools.product(*models.values()))
    for number, files in enumerate(pairings):
        players = dict(zip(models, files, strict=True))
        label = ", ".join(f"{name} {Path(file).name}" for name, file in players.items())
        logger.info("pairing %d of %d: %s", number + 1, len(pairings), label)
        report = play(dataclasses.replace(request, model=players))
        match = _match(report, players, wins_of)
        # Told at once: who stops a long table keeps what was played.
        low, high = (100 * bound for bound in match.win_rate_ci95)
        logger.info(
            *("%s wins %d of %d (%.1f to %.1f %%)", wins_of, match.wins, match.episodes, low, high)
        )
        matches.append(match)
    parameters = {name: specification(value) for name, value in request.played_parameters.items()}
    return HeadToHead(wins_of, request.seed, parameters, tuple(matches))


def _match(report: EvaluationReport, players: Mapping[str, Path | str], wins_of: str) -> Match:
    results = report.policies.get(wins_of)
    if results is None:
        raise UsageError(
            f"no episode of the group {wins_of!r} was told; the report has: "
            f"{', '.join(report.policies) or 'no groups'}"
        )
    told = [row.success for row in results.rows() if row.success is not None]
    if not told or results.success_rate_ci95 is None:
        raise UsageError(
            f'the group {wins_of!r} does not tell wins: let its get_info() return "is_success"'
        )
    return Match(
        models={name: GAME if str(file) == GAME else str(file) for name, file in players.items()},
        wins=sum(told),
        episodes=len(told),
        win_rate=sum(told) / len(told),
        win_rate_ci95=results.success_rate_ci95,
        mean_reward=results.mean_reward,
        mean_reward_ci95=results.mean_reward_ci95,
        engine_errors=0 if report.engine_errors is None else report.engine_errors.count,
    )
