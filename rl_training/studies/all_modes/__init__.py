"""`train.py --mode all`: collection, world model, policy, Dreamer and imitation, one after another.

Each stage uses what the ones before it made.
"""
