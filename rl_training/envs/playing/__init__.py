"""How engines are played through a rollout: the same code in the trainer and on other machines.

Nothing here imports torch or Stable-Baselines3: an actor on another node starts in a second and
holds a NumPy copy of the policy.
"""
