"""What a run tells of itself when it is debugged (`config.debug`, docs/debugging.md)."""
