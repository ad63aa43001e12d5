"""Checkpoints: model, normaliser, random states and callbacks' memory in one file."""
