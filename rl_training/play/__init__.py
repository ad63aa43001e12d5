"""Playing a policy on fixed episodes, through Python or in the engine alone, and its statistics."""
