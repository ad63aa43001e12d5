"""The section `debug` of a training configuration: what a run tells of itself for who mends it."""

from __future__ import annotations

from rl_training.config.section import Section


class DebugSettings(Section):
    """What is told and done for debugging (docs/debugging.md)."""

    global_debug_mode: bool = False
    """Turns on everything of this section."""
    debug_actions: bool = False
    """Say after each rollout which choices were made, and check the scene's table of actions."""
    debug_learning: bool = False
    """Say after each update KL, entropy, clip share, gradient norms and explained variance."""
    debug_checkpoints: bool = False
    """Say at each save and load what the checkpoint holds: hashes, shapes, steps."""
    debug_turtled_start: bool = False
    """Begin every episode of the training turtled, in a scene that knows the parameter of this
    name (car_ball)."""

    @property
    def actions(self) -> bool:
        """Whether choices are told."""
        return self.global_debug_mode or self.debug_actions

    @property
    def learning(self) -> bool:
        """Whether updates are told."""
        return self.global_debug_mode or self.debug_learning

    @property
    def checkpoints(self) -> bool:
        """Whether saves and loads are told."""
        return self.global_debug_mode or self.debug_checkpoints

    @property
    def turtled_start(self) -> bool:
        """Whether episodes begin turtled."""
        return self.global_debug_mode or self.debug_turtled_start
