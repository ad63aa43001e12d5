"""What the engine's HTTP API costs and how fast it answers."""
