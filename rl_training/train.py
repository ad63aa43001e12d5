#!/usr/bin/env python3
"""One entry for all ways to learn: `train.py --mode {policy,supervised,...} --algorithm ...`."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.commands.running import run_main
from rl_training.commands.train_modes import main

__all__ = ["main"]


class _Callable(ModuleType):
    """This module, when it is imported: `rl_training.train(config)` is still the pipeline's."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from rl_training.training.pipeline import train

        return train(*args, **kwargs)


if __name__ == "__main__":
    sys.exit(run_main(main))
else:
    sys.modules[__name__].__class__ = _Callable
