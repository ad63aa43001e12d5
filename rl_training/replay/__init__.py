"""Recorded episodes: played again, compared bit by bit, bundled for a bug report."""
