"""Training: PPO on the real engine, from a config to a model that can be shipped."""
