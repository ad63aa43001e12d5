"""Ratings as tables: `rate` prints them, the page shows them."""

from __future__ import annotations

from rl_training.play.players import parameters_text
from rl_training.play.statistics import wilson_interval
from rl_training.ratings.matches import Result, whole_meetings
from rl_training.ratings.record import Player, Ratings
from rl_training.reporting import table
from rl_training.reporting.table import Table


def as_text(found: Ratings) -> str:
    """Return ratings and matches for a terminal."""
    lines = [*table.as_text(rating_table(found)), "", *table.as_text(matrix(found))]
    lines += ["", *notes(found)]
    return "\n".join(lines)


def rating_table(found: Ratings) -> Table:
    """Return a row for each player, the best first."""
    head = ("player", "rating", "95 % interval", "matches", "won", "drawn", "lost", "kind")
    rows = tuple(_row(player, found.results) for player in found.players)
    return Table(head, rows, numbers=frozenset(range(1, 7)))


def matrix(found: Ratings) -> Table:
    """Return a row for each pair that met: wins, draws, losses, and the share of wins."""
    head = ("player", "against", "won", "drawn", "lost", "win rate", "95 % interval")
    rank = {name: i for i, name in enumerate(found.names)}
    rows = []
    for pair, starts in whole_meetings(found.results).items():
        one, other = sorted(pair, key=lambda name: rank[name])
        results = [each for both in starts.values() for each in both]
        if not results:
            continue
        won, drawn, lost = _count(one, results)
        low, high = interval(won, len(results))
        key = (rank[one], rank[other])
        rate = f"{won / len(results):.1%}"
        cells = (one, other, str(won), str(drawn), str(lost), rate, f"{low:.1%} to {high:.1%}")
        rows.append((key, cells))
    return Table(head, tuple(cells for _, cells in sorted(rows)), numbers=frozenset(range(2, 7)))


def notes(found: Ratings) -> list[str]:
    """Return what a reader must know of the numbers."""
    match = found.match
    parameters = parameters_text(match.parameters) or "none"
    scale = "4.1 points more are two thirds of the points, 8.2 four fifths, 13 nine tenths."
    told = [
        f"Matches of {match.scenario}, decided by {match.score}; parameters: {parameters}.",
        f"openskill (Bradley-Terry), intervals by bootstrap of starts; {scale}",
    ]
    if found.ladder:
        told.append("Placed on a fixed ladder: comparable with ratings on the same ladder only.")
    return told


def interval(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's interval."""
    found = wilson_interval(successes, trials)
    return found.low, found.high


def _row(player: Player, results: list[Result]) -> tuple[str, ...]:
    own = [each for each in results if player.name in each.match[:2]]
    won, drawn, lost = _count(player.name, own)
    rating, between = "none", ""
    if player.mu is not None and player.low is not None and player.high is not None:
        rating = f"{player.mu:.1f}"
        between = f"{player.low:.1f} to {player.high:.1f}"
    kind = player.kind + (", fixed" if player.fixed else "")
    return (player.name, rating, between, str(len(own)), str(won), str(drawn), str(lost), kind)


def _count(name: str, results: list[Result]) -> tuple[int, int, int]:
    points = [each.of(name) for each in results]
    return points.count(1.0), points.count(0.5), points.count(0.0)
