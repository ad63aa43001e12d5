"""The gate: is this evaluation, or this training run, worse than it should be?"""
