"""Self-play against a pool of frozen opponents (docs/self_play.md)."""
