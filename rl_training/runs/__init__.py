"""What a run leaves on disk: paths, checkpoints, metrics. Knows no engine and no scenario."""
