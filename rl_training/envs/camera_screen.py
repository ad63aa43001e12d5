"""A screen for games that observe through a camera: without one the engine draws no picture.

Called by `godot_vec_env`. Whether a game has a camera is known when its engines have told their
observations, so they are started again when it turns out that no picture comes.
"""

from __future__ import annotations

import dataclasses
import logging
import os
from typing import Literal

from rl_training.engine import find_xvfb
from rl_training.envs.engine_group import EngineGroup
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineError, ObservationError, UsageError

_log = logging.getLogger(__name__)

Picture = Literal["fine", "black", "none"]

NO_PIXELS = (
    "a camera draws nothing without a screen: install the virtual one (python -m "
    "rl_training.engine install --with-xvfb), which is then used by itself, or run where there "
    "is a screen"
)


def picture(group: EngineGroup, settings: EnvSettings) -> Picture:
    """Return what comes of the game's cameras, in engines that chose to draw nothing.

    It resets the group once, which changes no episode: they are numbered anew at the next reset
    with a seed.

    Args:
        group: just started.
        settings: it was started with.

    Returns:
        "fine": there are pixels, or nothing to see to; "black": all are 0; "none": not even that.
    """
    images = [
        (number, field.key)
        for number, layout in enumerate(group.info.layouts)
        for field in layout.observations.fields
        if field.kind == "image"
    ]
    if not images or settings.screen != "auto" or settings.show_window or settings.in_editor:
        return "fine"
    try:
        parts = group.reset_engines(settings.seed)
    except (ObservationError, EngineError):
        return "none"  # on a screen it works, or says there what is wrong
    seen = any(part.layouts[number][key].any() for part in parts for number, key in images)
    return "fine" if seen else "black"


def with_screen(settings: EnvSettings, found: Picture) -> EnvSettings:
    """Return settings under which every engine draws, and say so.

    Args:
        settings: those under which it does not.
        found: "black" leaves them as they are where there is no screen: a picture may be black.

    Raises:
        UsageError: this machine has no screen and no virtual one; the message says what to do.
    """
    there = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not there and find_xvfb() is None and found == "black":
        _log.warning("the game's cameras are black: %s", NO_PIXELS)
        return settings
    if not there and find_xvfb() is None:
        raise UsageError(f"the game observes through a camera, and no picture came: {NO_PIXELS}")
    _log.warning(
        "the game observes through a camera, which needs a screen: the engines are started again "
        "and draw on %s (screen='virtual'); headless they would be blind",
        there or "a virtual one (Xvfb)",
    )
    return dataclasses.replace(settings, screen="virtual")
