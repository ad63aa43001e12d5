"""Playing to collect data: episodes of all agents as trajectories (docs/data.md)."""
