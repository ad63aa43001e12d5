"""Run many small ONNX models through the engine's own runner, all in one engine process.

For the tests of the in-engine runner: `run_in_engine([Job(model, [feeds, ...]), ...], engine)`.
The other side is `tests/godot/inference/run_onnx_cases.gd`. A model that the runner refuses, or
that fails, is an answer with its reason; only an engine that ends early raises.
"""

from __future__ import annotations

import base64
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import ModelProto, TensorProto, helper

from rl_training.engine.binary import EngineBinary, read_version
from rl_training.engine.commands import run_command
from rl_training.engine.project import ensure_imported

REPOSITORY = Path(__file__).parents[3]
SCRIPT = "tests/godot/inference/run_onnx_cases.gd"

Array = npt.NDArray[Any]
Feeds = dict[str, Array]

# How the values of a type travel; integers and booleans as int64.
_WIRE: dict[int, str] = {TensorProto.FLOAT: "<f4", TensorProto.DOUBLE: "<f8"}


@dataclass(frozen=True)
class Job:
    """A model and the inputs on which to run it; without any it is only loaded."""

    model: ModelProto
    cases: list[Feeds] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """What the engine made of one job.

    Attributes:
        error: why the model was refused or failed; "" when all its cases were computed.
        at_load: whether it was refused while it was loaded.
        script_errors: errors that the engine itself reported; there must be none.
        outputs: for each case the outputs by name, with the dtype and shape that the engine gave.
    """

    error: str
    at_load: bool
    script_errors: list[str]
    outputs: list[Feeds]


@dataclass(frozen=True)
class Runner:
    """What the runner says it supports.

    Attributes:
        operators: names of ONNX's own operators.
        types: ONNX's numbers of element types.
        opsets: lowest and highest version of ONNX's operator set.
        attributes: for the operators that declare them, attribute to Godot's Variant.Type, first
            opset, last opset, and whether it must be there.
    """

    operators: frozenset[str]
    types: frozenset[int]
    opsets: tuple[int, int]
    attributes: dict[str, dict[str, tuple[int, int, int, bool]]]


def run_in_engine(
    jobs: list[Job], engine: Path, timeout_s: float = 100.0
) -> tuple[Runner, list[Answer]]:
    """Run all jobs in one engine; the answers are in the jobs' order."""
    binary = EngineBinary(path=engine, version=read_version(engine), source="tests")
    ensure_imported(binary, REPOSITORY)
    request = {
        "models": [
            {
                "model": base64.b64encode(job.model.SerializeToString()).decode("ascii"),
                "cases": [
                    {key: encode(array) for key, array in case.items()} for case in job.cases
                ],
            }
            for job in jobs
        ]
    }
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        asked, answered = Path(folder, "request.json"), Path(folder, "response.json")
        asked.write_text(json.dumps(request), encoding="utf-8")
        command: list[str | Path] = [
            engine,
            "--headless",
            "--path",
            REPOSITORY,
            "--script",
            f"res://{SCRIPT}",
            "--",
        ]
        command += [f"--onnx_request={asked}", f"--onnx_response={answered}"]
        result = run_command(command, timeout_s=timeout_s)
        if result.returncode != 0:
            raise AssertionError(f"the engine ended early ({result.returncode}): {result.output}")
        response = json.loads(answered.read_text(encoding="utf-8"), strict=False)
    runner = Runner(
        frozenset(response["operators"]),
        frozenset(int(number) for number in response["types"]),
        (int(response["opsets"][0]), int(response["opsets"][1])),
        {
            name: {key: (int(a), int(b), int(c), bool(d)) for key, (a, b, c, d) in found.items()}
            for name, found in response["attributes"].items()
        },
    )
    return runner, [
        Answer(
            answer["error"],
            answer["at_load"],
            answer["script_errors"],
            [{name: decode(given) for name, given in case.items()} for case in answer["cases"]],
        )
        for answer in response["answers"]
    ]


def run_in_onnxruntime(model: ModelProto, feeds: Feeds) -> Feeds:
    """Return what onnxruntime answers, output name to array."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [item.name for item in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def encode(array: Array) -> dict[str, Any]:
    """Return an array as addons/godot_rl/inference/tensor_json.gd reads it."""
    number = helper.np_dtype_to_tensor_dtype(array.dtype)
    raw = array.astype(_WIRE.get(number, "<i8")).tobytes()
    data = base64.b64encode(raw).decode("ascii")
    return {"dtype": int(number), "shape": list(array.shape), "data": data}


def decode(tensor: dict[str, Any]) -> Array:
    """Return the array that tensor_json.gd wrote, with its dtype."""
    number = int(tensor["dtype"])
    raw = base64.b64decode(tensor["data"])
    values: Array = np.frombuffer(raw, dtype=_WIRE.get(number, "<i8"))
    dtype = helper.tensor_dtype_to_np_dtype(number)
    return values.astype(dtype).reshape([int(length) for length in tensor["shape"]])
