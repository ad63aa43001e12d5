"""Any Godot project with the addon (ours or godot-rl's own): its scene, its settings, no names.

Used with `--project_path` or `--env_path`, and `--scene_path` for a scene other than the main one.
"""

from __future__ import annotations

from rl_training.scenarios.scenario import Scenario

SCENARIO = Scenario(name="custom", scene_path=None)
