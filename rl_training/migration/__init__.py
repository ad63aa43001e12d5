"""Bring a Godot project from the stock plugin godot_rl_agents to this repository's addon.

`migrate` is all that a script needs: it plans (`plan`), and unless only asked, applies (`apply`).
Standard library and our own modules only; no engine is started.
"""

from rl_training.migration.migrate import migrate
from rl_training.migration.report import Entry, MigrationReport

__all__ = ["Entry", "MigrationReport", "migrate"]
