"""The presets that come with the package, by name, each with the line that describes it.

Called by the flags' help and by `layers`. Light: it reads first lines only, never YAML.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def preset_path(name: str) -> Path:
    """Return the file of a preset, whether it is there or not."""
    return FOLDER / f"{name}.yaml"


def preset_names() -> tuple[str, ...]:
    """Return the names of all presets, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def preset_lines(indent: str = "  ") -> tuple[str, ...]:
    """Return a line for each preset: its name and what it is for.

    Args:
        indent: what each line begins with.
    """
    names = preset_names()
    width = max(len(name) for name in names)
    return tuple(f"{indent}{name:{width}}  {_first_line(name)}" for name in names)


def _first_line(name: str) -> str:
    with open(preset_path(name), encoding="utf-8") as file:
        return file.readline().removeprefix("#").strip().rstrip(".")
