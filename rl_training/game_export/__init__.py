"""Make a game with the policy inside. Called by `export_game.py`; imports no torch."""
