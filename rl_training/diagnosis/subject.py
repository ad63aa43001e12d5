"""What the doctor looks at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rl_training.envs.settings import DEFAULT_PORT, EnvSettings

ARENAS = 4


@dataclass(frozen=True)
class Subject:
    """A game and how it would be trained.

    Attributes:
        project_path: folder with project.godot; None for an exported game.
        scene_path: res:// path; None: the project's main scene.
        env_path: an exported game; None for a project.
        action_repeat: physics ticks per decision; None: the scene's own.
        num_envs: engine processes that a training would start.
        port: their first port.
        godot: engine binary; None: found.
        run_root: folder that models and logs would go to.
        decisions: how many the game is played.
        timeout_s: longest wait for an engine in seconds.
        rarely_change: elements of the observation that random actions need not change.
        metrics: names that the scenario says the game reports of an episode.
        reward_terms: names that the scenario says the reward is made of.
    """

    project_path: str | None
    scene_path: str | None
    run_root: Path
    env_path: str | None = None
    action_repeat: int | None = None
    num_envs: int = 1
    port: int = DEFAULT_PORT
    godot: str | None = None
    decisions: int = 1000
    timeout_s: float = 30.0
    rarely_change: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    reward_terms: tuple[str, ...] = ()

    def env_settings(self, arenas: int | None) -> EnvSettings:
        """Return one engine with arenas in worlds of their own, where the game has arenas."""
        return EnvSettings(
            env_path=self.env_path,
            project_path=self.project_path,
            scene_path=self.scene_path,
            action_repeat=self.action_repeat,
            arenas=arenas,
            isolation="shared" if arenas is None else "worlds",
            godot=self.godot,
            timeout_s=self.timeout_s,
            port=0,
        )
