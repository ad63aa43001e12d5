"""From the last info of a learner's episode to how it fared against a frozen opponent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rl_training.training.self_play.pool import DRAW, LOSS, WIN


def result_in(info: Mapping[str, Any], opponents: Collection[str]) -> tuple[str, float] | None:
    """Return an opponent's name and the result; None: no such opponent played.

    Args:
        info: of an episode's last decision. The engine tells each result of an opponent to one
            agent of each other group, so teams are counted once.
        opponents: names that count.
    """
    told = info.get("opponents")
    rows = [
        row
        for row in (told if isinstance(told, (list, tuple)) else ())
        if isinstance(row, Mapping) and row.get("policy") in opponents
    ]
    if not rows:
        return None
    row = rows[-1]
    return str(row["policy"]), _result(info, row)


def _result(info: Mapping[str, Any], row: Mapping[str, Any]) -> float:
    mine, its_info = info.get("is_success"), row.get("info")
    theirs = its_info.get("is_success") if isinstance(its_info, Mapping) else None
    if mine is not None and theirs is not None:
        ahead = float(bool(mine)) - float(bool(theirs))
    else:
        # A scene that tells no success: the higher return has won.
        episode = info.get("episode")
        earned = episode.get("r") if isinstance(episode, Mapping) else None
        ahead = float(earned or 0.0) - float(row.get("return") or 0.0)
    return WIN if ahead > 0.0 else LOSS if ahead < 0.0 else DRAW
