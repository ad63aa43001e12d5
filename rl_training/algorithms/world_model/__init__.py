"""World models: what a scene does next, learned from recorded episodes; docs/world_models.md.

Names are loaded when they are used: the parts come from torchrl, an optional package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.lazy_names import lazy_names

if TYPE_CHECKING:
    from rl_training.algorithms.world_model.measure import OpenLoop, measure_open_loop
    from rl_training.algorithms.world_model.model import WorldModel
    from rl_training.algorithms.world_model.trainer import WorldModelTrainer, train_world_model
    from rl_training.config.world_model import WorldModelSettings

__all__ = [
    "OpenLoop",
    "WorldModel",
    "WorldModelSettings",
    "WorldModelTrainer",
    "measure_open_loop",
    "train_world_model",
]

_HERE = "rl_training.algorithms.world_model"

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "OpenLoop": f"{_HERE}.measure",
        "WorldModel": f"{_HERE}.model",
        "WorldModelSettings": "rl_training.config.world_model",
        "WorldModelTrainer": f"{_HERE}.trainer",
        "measure_open_loop": f"{_HERE}.measure",
        "train_world_model": f"{_HERE}.trainer",
    },
)
