"""SpaceTime RL: train, ship and gate agents on the real Godot engine."""
