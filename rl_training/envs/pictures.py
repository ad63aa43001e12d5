"""A picture of an engine's window, for `render_mode="rgb_array"`.

Called by `gym_env`. The engine draws it when it is asked (addons/godot_rl/agents/view_picture.gd).
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.errors import ProtocolError, UsageError


def take_picture(env: GodotVecEnv) -> NDArray[np.uint8]:
    """Return (height, width, 3) uint8: what the first engine's window shows now.

    Raises:
        UsageError: the engine draws nothing (headless), or its addon takes no pictures.
        ProtocolError: what came is no picture.
    """
    told: Any = env.env_method("take_picture", indices=[0])[0]
    if not told:
        raise UsageError(
            "the engine draws nothing, so there is no picture: leave out screen='headless'"
        )
    try:
        shape = (int(told["height"]), int(told["width"]), 3)
        rgb = zlib.decompress(base64.b64decode(told["rgb"]))
        picture: NDArray[np.uint8] = np.frombuffer(rgb, np.uint8).reshape(shape).copy()
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise ProtocolError(f"what the engine sent is no picture: {error}") from error
    return picture
