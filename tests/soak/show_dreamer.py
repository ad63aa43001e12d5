"""What a trained Dreamer imagines beside what happened: a page of pictures and errors.

    python tests/soak/show_dreamer.py --model run_final.zip --data seen.traj --output page.html

The data should be episodes that it did not learn from (`spacetime-rl data collect`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rl_training.algorithms.dreamer.dreamer import Dreamer
from rl_training.algorithms.world_model.measure import errors_of, imagine
from rl_training.checkpoints.checkpoint import load_checkpoint
from rl_training.data.readers import read_trajectories
from rl_training.reporting.world_model_page import write_page


def main() -> int:
    """Imagine, write the page, print the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a checkpoint of dreamer")
    parser.add_argument("--data", type=Path, required=True, help="a .traj file of the same scene")
    parser.add_argument("--output", type=Path, required=True, help="the page, .html or .md")
    parser.add_argument("--horizon", type=int, default=15)
    given = parser.parse_args()
    model = load_checkpoint(given.model).model
    if not isinstance(model, Dreamer):
        print(f"{given.model} holds no dreamer", file=sys.stderr)
        return 2
    episodes = read_trajectories(given.data)
    world = model.policy.world.eval()
    imagined = imagine(world, episodes, given.horizon)
    found = errors_of(imagined, world.layout)
    facts = {
        "model": given.model.name,
        "timesteps": f"{model.num_timesteps:,}",
        "gradient steps": f"{model._n_updates:,}",
        "episodes": f"{len(episodes):,}",
    }
    write_page(given.output, world.layout, found, imagined, (), facts)
    for one in found:
        print(
            f"{one.key or 'obs'}: error {one.model.mean():.3f}, constant velocity "
            f"{one.velocity.mean():.3f}, repeat last {one.last.mean():.3f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
