"""Store an ONNX policy's weights in 8 bits, and measure what that changes in the engine."""

from __future__ import annotations

import dataclasses

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import add_comparison_flags, take_comparison
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, quantise, compare with the float model, print both."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add(parser, "model", required=True, help="the .onnx file")
    flags.add(parser, "output", help="the .onnx to write; MODEL_int8.onnx if absent")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--weights_only", action="store_true", help="the default: see --dynamic")
    how.add_argument(
        "--dynamic",
        action="store_true",
        help="integer arithmetic too, slower in the engine; else only the weights are int8 and "
        "become float32 when the game loads the file",
    )
    parser.add_argument(
        "--per_tensor", action="store_true", help="one scale for a weight, not one an output"
    )
    add_comparison_flags(parser)
    values = vars(parser.parse_args(argv))
    model = values["model"]
    output = values["output"] or model.with_name(f"{model.stem}_int8.onnx")
    options = take_comparison(values, model)

    from rl_training.evaluation.model_comparison import compare_models
    from rl_training.policy_export.quantise import DYNAMIC, WEIGHTS, quantise
    from rl_training.reporting.models_table import as_markdown
    from rl_training.scenarios import get_scenario

    get_scenario(options.request.scenario)
    method = DYNAMIC if values["dynamic"] else WEIGHTS
    done = quantise(model, output, method, per_channel=not values["per_tensor"])
    figures = compare_models([model, output], options, ["float32", f"int8 {method}"])
    rows = [row.to_dict() for row in figures]
    data = {**dataclasses.asdict(done), "output": str(output), "models": rows}
    lines = [f"{output}: {done.layers} weights as int8 ({method})"]
    lines += [f"stays float32: {reason}" for reason in done.kept]
    if flags.emit(values["json"], data, "\n".join([*lines, as_markdown(figures)])):
        ship = command("export", "game", "--model", output, "--output", "build")
        print(next_steps(("put it into a game", ship)))
    return 0
