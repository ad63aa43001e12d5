"""Sweeps over PPO's settings."""
