"""How episodes began and how they ended: a table by start and end, with length and reward.

Fed by what a scene's ended episodes tell: `start` and `end`, each a word, as `car_ball` has them
(`{"start": "kickoff", "end": "goal"}`). A scene that tells neither gets no table; one that tells no
end gets "terminated" and "truncated".
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

from rl_training.runs.atomic import write_text

logger = logging.getLogger(__name__)

_MOST_WORDS = 40  # starts or ends that are told apart
_OTHERS = "others"


@dataclass
class Account:
    """Episodes of one kind.

    Attributes:
        episodes: how many.
        decisions: sum of their lengths.
        reward: sum of their rewards.
    """

    episodes: int = 0
    decisions: float = 0.0
    reward: float = 0.0

    def add(self, decisions: float, reward: float) -> None:
        """Count one more."""
        self.episodes += 1
        self.decisions += decisions
        self.reward += reward

    def to_dict(self) -> dict[str, float]:
        """Return count and means."""
        count = max(self.episodes, 1)
        return {
            "episodes": self.episodes,
            "mean_length": self.decisions / count,
            "mean_reward": self.reward / count,
        }


class ResetAnalysis(BaseCallback):
    """Logs `resets/start_<kind>_...` and `resets/end_<reason>_share`, and keeps the table.

    Args:
        path: file that gets the whole run's table as JSON at its end; None: none.
        tell: say the table of each part of `every` episodes on the console, not only the last.
        every: episodes of one such part.
    """

    def __init__(self, path: Path | None = None, tell: bool = False, every: int = 2000) -> None:
        super().__init__()
        self._path = path
        self._tell = tell
        self._every = every
        self.total: dict[tuple[str, str], Account] = {}
        self._part: dict[tuple[str, str], Account] = {}
        self._since_logged: dict[tuple[str, str], Account] = {}
        self._words: set[str] = set()

    def _on_step(self) -> bool:
        for agent in np.flatnonzero(self.locals["dones"]):
            self.add(self.locals["infos"][agent])
        return True

    def add(self, info: Mapping[str, Any]) -> None:
        """Count an ended episode by its last info; nothing where that tells no start and no end."""
        episode = info.get("episode")
        if not isinstance(episode, Mapping) or not ("start" in info or "end" in info):
            return
        cut = bool(info.get("TimeLimit.truncated", False))
        end = info.get("end", "truncated" if cut else "terminated")
        kind = self._word(info.get("start", "any")), self._word(end)
        for table in (self.total, self._part, self._since_logged):
            table.setdefault(kind, Account()).add(float(episode["l"]), float(episode["r"]))

    def _word(self, told: Any) -> str:
        word = str(told)
        if word not in self._words and len(self._words) >= _MOST_WORDS:
            return _OTHERS
        self._words.add(word)
        return word

    def _on_rollout_end(self) -> None:
        episodes = sum(one.episodes for one in self._since_logged.values())
        if not episodes:
            return
        for index, side in ((0, "start"), (1, "end")):
            for word, account in _by(self._since_logged, index).items():
                tag = f"resets/{side}_{word}"
                self.logger.record(f"{tag}_share", account.episodes / episodes)
                means = account.to_dict()
                self.logger.record(f"{tag}_length", means["mean_length"])
                self.logger.record(f"{tag}_reward", means["mean_reward"])
        self._since_logged = {}
        if self._tell and sum(one.episodes for one in self._part.values()) >= self._every:
            for line in table_lines(self._part):
                logger.info("%s", line)
            self._part = {}

    def _on_training_end(self) -> None:
        if not self.total:
            return
        for line in table_lines(self.total):
            logger.info("%s", line)
        if self._path is not None:
            rows = [
                {"start": start, "end": end, **account.to_dict()}
                for (start, end), account in sorted(self.total.items())
            ]
            write_text(self._path, json.dumps({"resets": rows}, indent=1) + "\n")


def table_lines(table: Mapping[tuple[str, str], Account]) -> list[str]:
    """Return a table as lines: starts below each other, ends beside each other."""
    starts, ends = _by(table, 0), _by(table, 1)
    total = sum(one.episodes for one in starts.values())
    head = f"{'start':<12}{'episodes':>9}{'length':>8}{'reward':>9}  "
    lines = [f"how {total:,} episodes began and ended (length in decisions):"]
    lines.append(head + "".join(f"{end:>12}" for end in ends))
    for start, account in starts.items():
        means = account.to_dict()
        line = f"{start:<12}{account.episodes:>9,}{means['mean_length']:>8.1f}"
        line += f"{means['mean_reward']:>9.2f}  "
        for end in ends:
            found = table.get((start, end))
            share = 0.0 if found is None else found.episodes / account.episodes
            line += f"{100.0 * share:>10.1f} %"
        lines.append(line)
    return lines


def _by(table: Mapping[tuple[str, str], Account], index: int) -> dict[str, Account]:
    """Return the sums of a table by start (0) or end (1), the most frequent first."""
    found: dict[str, Account] = {}
    for kind, account in table.items():
        into = found.setdefault(kind[index], Account())
        into.episodes += account.episodes
        into.decisions += account.decisions
        into.reward += account.reward
    return dict(sorted(found.items(), key=lambda item: -item[1].episodes))
