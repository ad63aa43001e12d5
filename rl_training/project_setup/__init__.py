"""Bring the addon into a Godot project: files, entries in project.godot, a first controller.

Called by `spacetime-rl init` and `spacetime-rl export addon`. Standard library and our own modules
only; no engine is started.
"""
