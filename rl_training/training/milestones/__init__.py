"""Milestones of a run: written while it learns, compared with it when it goes on."""
