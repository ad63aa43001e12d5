"""How policies learn: a learner by name."""
