"""Watching a run for reasons why it may not be learning."""
