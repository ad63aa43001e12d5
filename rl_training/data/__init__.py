"""Data of episodes: one `Trajectory`, its store, readers, converters; docs/data.md.

Names are loaded on first use, so that light tools do not pay for what they do not need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.lazy_names import lazy_names

if TYPE_CHECKING:
    from rl_training.data.readers import read_trajectories
    from rl_training.data.store import TrajectoryStore, TrajectoryWriter, save_trajectories
    from rl_training.data.synthetic import create_synthetic_dataset
    from rl_training.data.trajectory import Trajectory
    from rl_training.play.collecting.collector import DataCollector

__all__ = [
    "DataCollector",
    "Trajectory",
    "TrajectoryStore",
    "TrajectoryWriter",
    "create_synthetic_dataset",
    "read_trajectories",
    "save_trajectories",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DataCollector": "rl_training.play.collecting.collector",
        "Trajectory": "rl_training.data.trajectory",
        "TrajectoryStore": "rl_training.data.store",
        "TrajectoryWriter": "rl_training.data.store",
        "create_synthetic_dataset": "rl_training.data.synthetic",
        "read_trajectories": "rl_training.data.readers",
        "save_trajectories": "rl_training.data.store",
    },
)
