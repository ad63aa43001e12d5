"""The plan of a study by the name of one that the package brings, or from a user's file.

Called by the studies that have plans in YAML.
"""

from __future__ import annotations

from pathlib import Path

from rl_training.errors import ConfigError, nearest


def plan_file(given: str, folder: Path) -> Path:
    """Return the file of a plan.

    Args:
        given: a file, or the name of a plan.
        folder: of the package's plans.

    Raises:
        ConfigError: there is neither.
    """
    path = Path(given)
    if path.is_file():
        return path
    known = sorted(each.stem for each in folder.glob("*.yaml"))
    if given not in known:
        raise ConfigError(
            f"no plan {given!r}.{nearest(given, known)} Give a YAML file, or one of: "
            f"{', '.join(known)}"
        )
    return folder / f"{given}.yaml"
