"""Training an agent to find bugs: what is paid, who goes on trying, what is counted.

`--find_bugs` (the section `finds` of the configuration) asks for it. The counts are in the run's
folder, `finds.json`; reports and replays of findings come from `spacetime-rl explore`, which plays
with the policy that was learned.
"""
