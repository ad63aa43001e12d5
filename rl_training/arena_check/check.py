"""Compare shared arenas with the same arenas alone, and say what to change where they differ.

Called at the start of a training and by the doctor. A difference is only believed when two plays in
worlds of their own agree: a game that does not repeat itself cannot be compared.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rl_training.arena_check.coordinates import Suspect, find_suspects
from rl_training.arena_check.difference import Difference, find_difference
from rl_training.arena_check.play import (
    ARENAS,
    DECISIONS,
    RESETS,
    PlayFailedError,
    TwoWays,
    play_two_ways,
)
from rl_training.arena_check.scene_scripts import scene_scripts
from rl_training.envs.game import read_project
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ArenasDifferError

_log = logging.getLogger(__name__)

Verdict = Literal["alike", "different", "unrepeatable", "not compared"]
_SHOWN = 3


@dataclass(frozen=True)
class ArenaCheck:
    """What the comparison came to.

    Attributes:
        verdict: "alike"; "different"; "unrepeatable": two plays alone differ as well; "not
            compared": one arena, or a game without our addon.
        difference: what differs first; None: nothing.
        suspects: lines of the game's scripts, the likeliest first.
    """

    verdict: Verdict
    difference: Difference | None = None
    suspects: tuple[Suspect, ...] = ()

    def detail(self) -> str:
        """Return what was found, in one line."""
        if self.verdict == "not compared":
            return "one arena, or a game without addons/godot_rl: nothing to compare"
        if self.difference is None:
            return (
                f"{ARENAS} arenas side by side see what they see alone, over {RESETS} x "
                f"{DECISIONS} decisions"
            )
        found = self.difference
        when = (
            "in an episode's first observation"
            if found.decision == 0
            else f"{found.decision} decision(s) after an episode's start"
        )
        if self.verdict == "unrepeatable":
            return (
                f"two plays of the same seeds and actions differ, {when}: {found.what} of "
                f"{found.node}; shared arenas cannot be compared with arenas alone"
            )
        too = "; the first arena differs as well, so they touch" if found.first_too else ""
        return (
            f"arenas side by side (isolation shared) are not the game that one alone is: {when} "
            f"{found.what} of agent {found.agent} in arena {found.arena} ({found.node}) is "
            f"{found.shared:.4g}, alone {found.alone:.4g}; {found.share:.0%} of the episodes "
            f"beside the first arena differ{too}"
        )

    def remedy(self) -> str:
        """Return what to do; empty when all is well."""
        if self.verdict == "unrepeatable":
            return (
                "draw random numbers from the seed that begin_episode gets, and use no clock; if "
                "that is not possible, train with --isolation worlds or in local coordinates"
            )
        if self.difference is None:
            return ""
        if not self.suspects:
            return (
                "look for coordinates of the world (global_position) where those of the arena are "
                "meant; if the scene is larger than 50 m (2000 px), export arena_size in the "
                "script of its root; or train with --isolation worlds"
            )
        lines = "; ".join(suspect.text() for suspect in self.suspects[:_SHOWN])
        more = len(self.suspects) - _SHOWN
        also = f"; and {more} more line(s)" if more > 0 else ""
        return f"use coordinates of the arena: {lines}{also}. Or train with --isolation worlds"


def check_arenas(settings: EnvSettings) -> ArenaCheck:
    """Play and compare.

    Args:
        settings: of a training with shared arenas.

    Raises:
        HarnessError: an engine failed, or what it sends cannot be used.
    """
    if settings.in_editor:
        return ArenaCheck("not compared")
    seen = play_two_ways(settings, "shared", "worlds")
    if not seen:
        return ArenaCheck("not compared")
    found = _first_difference(seen)
    if found is None:
        return ArenaCheck("alike")
    unlike = _first_difference(play_two_ways(settings, "worlds", "worlds"))
    if unlike is not None:
        return ArenaCheck("unrepeatable", unlike)
    return ArenaCheck("different", found, _suspects(settings))


def _first_difference(seen: Sequence[TwoWays]) -> Difference | None:
    """Return the difference that comes earliest of all groups."""
    found = [difference for each in seen if (difference := find_difference(each)) is not None]
    return min(found, key=lambda difference: difference.decision, default=None)


def require_equal_arenas(settings: EnvSettings) -> None:
    """Stop a training that would learn another game in every arena but the first.

    Args:
        settings: of the training; nothing is done unless its arenas are shared.

    Raises:
        ArenasDifferError: they differ; the message names the line to change.
        HarnessError: the engine does not start, nor would it for the training.
    """
    if settings.isolation != "shared" or settings.arenas == 1:
        return
    try:
        found = check_arenas(settings)
    except PlayFailedError as error:
        _log.warning("arenas were not compared with one alone: %s", error)
        return
    if found.verdict == "unrepeatable":
        _log.warning("%s: %s", found.detail(), found.remedy())
    if found.verdict == "different":
        raise ArenasDifferError(
            f"{found.detail()}. {found.remedy()}, or go on as it is with --no-check_arenas"
        )


def _suspects(settings: EnvSettings) -> tuple[Suspect, ...]:
    if settings.project_path is None:
        return ()
    game = read_project(settings.project_path, settings.scene_path)
    scripts = scene_scripts(Path(settings.project_path), game.scene_path)
    return tuple(find_suspects(scripts))
