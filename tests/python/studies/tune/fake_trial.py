"""A trial that learns nothing and needs no engine: it writes a run's files as a training does.

Its evaluations rise towards a score that is best at a learning rate of 1e-3. Rates above 0.5 fail.
From the evaluation whose number the environment parameter `slow` is, it waits until it is stopped.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from rl_training.commands.running import run_main
from rl_training.config import TrainConfig
from rl_training.config.files import read_settings
from rl_training.errors import EngineStartError
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.session import open_run
from rl_training.training.configuration import run_paths, save_config
from rl_training.training.stop import StopRequest

_LONGEST_S = 60.0


def main() -> int:
    """Run the trial whose settings the last word names."""
    config = TrainConfig.from_dict(read_settings(Path(sys.argv[-1])))
    paths, every = run_paths(config), config.evaluation.every
    rate = config.algorithm.learning_rate
    if rate > 0.5:
        raise EngineStartError("the engine ended before it connected")
    slow = dict(config.parameters.items()).get("slow", 0.0)
    resumed = config.training.resume
    done = int(paths.resume_point().stem.rpartition("_")[2]) if resumed else 0
    total = config.training.timesteps
    with open_run(paths, resume=resumed, total=total) as session, StopRequest() as stop:
        save_config(paths, config)
        writer = MetricsWriter(paths.metrics)
        while done < total and not session.stopped:
            done += every
            score = 1.0 - min(1.0, abs(math.log10(rate) + 3.0) / 3.0)
            value = score * done / total
            writer.write(done, {"eval/success_rate": value, "eval/mean_reward": 10.0 * value})
            session.writer.update(timesteps=done)
            session.writer.write()
            waits = 0 < slow <= done // every
            deadline = time.monotonic() + (_LONGEST_S if waits else 0.0)
            while True:
                orders = [order.command for order in session.control.take()]
                session.stopped = stop.requested or "stop" in orders
                if session.stopped or time.monotonic() >= deadline:
                    break
                time.sleep(0.02)
        writer.close()
        paths.models.mkdir(parents=True, exist_ok=True)
        paths.step_model(done).write_text("a checkpoint")
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
