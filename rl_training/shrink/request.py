"""What to shrink, and where: the settings of `spacetime-rl replay --shrink`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rl_training.errors import UsageError

SOURCES = ("finding", "log", "state", "warning")
"""What a target can be looked for in, before its colon, as in the addon's `target_sources.gd`."""
OF_PROCESS = ("log", "warning")
"""Those that all arenas of an engine share."""


@dataclass(frozen=True)
class ShrinkRequest:
    """What to shrink.

    Attributes:
        recording: a .replay or .part file.
        target: "log:REGEX", "warning:KIND", "finding:KIND" or "state:EXPRESSION" (docs/shrink.md);
            empty: what the recording was made with, else its last finding.
        output: folder that is made and written to.
        arenas: copies of the scene in each engine, each with a candidate of its own; targets of the
            log and of the monitor's warnings are looked for in one arena an engine.
        num_envs: engines.
        budget: candidates to play at most.
        port: first port.
        godot: engine binary; None: found or installed.
        env_path: an exported game.
        project_path: another Godot project; None: this repository.
        scene_path: replaces the scene of the recording.
        timeout_s: seconds to start, and to stay silent.
    """

    recording: Path
    output: Path
    target: str = ""
    arenas: int = 32
    num_envs: int = 1
    budget: int = 4000
    port: int = 0
    godot: str | None = None
    env_path: str | None = None
    project_path: str | None = None
    scene_path: str | None = None
    timeout_s: float = 60.0

    def __post_init__(self) -> None:
        for name in ("arenas", "num_envs", "budget"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1; found {getattr(self, name)}")
        if self.target:
            check_target(self.target)


def check_target(target: str) -> None:
    """Refuse what is no target.

    Raises:
        UsageError: with what was expected.
    """
    source, colon, rest = target.partition(":")
    if source not in SOURCES or not colon or not rest.strip():
        raise UsageError(
            "--target is log:REGEX, warning:KIND, finding:KIND or state:EXPRESSION; "
            f"found {target!r}"
        )
