"""Learners that learn from a fixed data set's rewards, and play nothing."""
