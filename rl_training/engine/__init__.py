"""Find, install, launch, watch and kill a Godot engine.

Knows nothing of the protocol spoken with it; the two meet in `rl_training.envs`.
"""

from rl_training.engine.binary import EngineBinary
from rl_training.engine.cache import cache_dir
from rl_training.engine.find import find_engine
from rl_training.engine.install import install_engine
from rl_training.engine.project import ensure_imported
from rl_training.engine.template import find_template
from rl_training.engine.xvfb import display_environment, find_xvfb, install_xvfb

__all__ = [
    "EngineBinary",
    "cache_dir",
    "display_environment",
    "ensure_imported",
    "find_engine",
    "find_template",
    "find_xvfb",
    "install_engine",
    "install_xvfb",
]
