"""Readers of what engines and people recorded."""
