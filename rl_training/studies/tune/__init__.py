"""Search for settings: trials are ordinary training runs, chosen and pruned by Optuna.

`plan` is what is searched, `space` where, `trials` one process a trial, `search` the loop, `study`
all that touches Optuna, `results` and `pictures` what was found. Called by `spacetime-rl tune`.
"""
