"""Count who finds planted bugs: `spacetime-rl study bugs` (docs/studies/bugs.md).

Four finders play the same scenario with all its planted bugs, and its clean variant, for the same
number of decisions and with the same seeds:

- `agent`: our agent. PPO with the scenario's settings; its reward is the scenario's own, plus one
  for each finding, the rarer the kind the more, plus one for coming into cells that were seldom
  entered. It is told nothing of switches and bugs.
- `reward_only`: the same PPO, with the scenario's own reward alone.
- `random`: random actions, each held for a while.
- `search`: returns to cells by replay and goes on at random, as Go-Explore (`exploration.search`).

All count the same: what the game reports of itself (RLFindings), while they play or train. The
agents learn while they are counted, as RELINE's do (Tufano et al., ICSE 2022, arXiv:2201.06865);
their decisions of training are part of the budget. The agent's reward for novelty follows Gordillo
et al. (IEEE CoG 2021, arXiv:2103.13798).
"""
