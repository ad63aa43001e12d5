"""What to export, as a value. Light, so that `--help` is quick."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rl_training.errors import ConfigError
from rl_training.game_export.presets import DEFAULT_EXCLUDE, DEFAULT_INCLUDE


@dataclass(frozen=True)
class ExportRequest:
    """What to export.

    Attributes:
        project: folder with project.godot.
        output: folder that the game is put into; made if it does not exist.
        model: ONNX file that the game plays by itself; None: it has none.
        scene: res:// path of the first scene; None: the project's main scene.
        action_repeat: physics ticks per decision, at least 1; None: what the scene sets.
        name: of the game, without the ending of its file.
        include: files beyond Godot's resources that belong into the game, as Godot's filter.
        exclude: files to leave out, likewise.
        godot: engine binary; None: found or installed.
        template: release template; None: found or installed.
        timeout_s: seconds for the export, and again for each trial start.
        drivable: the game takes launch arguments, so that a trainer or an evaluation can drive it;
            a release build takes none otherwise.
    """

    project: Path
    output: Path
    model: Path | None = None
    scene: str | None = None
    action_repeat: int | None = None
    name: str = "game"
    include: str = DEFAULT_INCLUDE
    exclude: str = DEFAULT_EXCLUDE
    godot: str | None = None
    template: str | None = None
    timeout_s: float = 600.0
    drivable: bool = False

    def __post_init__(self) -> None:
        if self.action_repeat is not None and self.action_repeat < 1:
            raise ConfigError(f"action_repeat must be at least 1; found {self.action_repeat}")
        if not re.fullmatch(r"[\w][\w .-]*", self.name):
            raise ConfigError(f"name must be that of a file, for instance game; found {self.name}")
        if not self.timeout_s > 0.0:
            raise ConfigError(f"timeout_s must be positive; found {self.timeout_s}")
