"""Evaluation: a model on fixed, unseen episodes, through Python or inside the engine alone."""
