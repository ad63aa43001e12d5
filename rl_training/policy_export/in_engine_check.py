"""Run an ONNX file in the engine's own runner and in onnxruntime, on the same random inputs.

Called by `verify_onnx_in_engine.py`. Works for any ONNX file that both sides support: several
inputs and outputs, integer inputs, a free batch. It starts one engine on
`addons/godot_rl/inference/run_onnx_file.gd`, bounded in time, and never trains or plays a scene.
"""

from __future__ import annotations

import base64
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from rl_training.engine.binary import EngineBinary, read_version
from rl_training.engine.project import ensure_imported
from rl_training.errors import ModelError, ProjectError
from rl_training.policy_export.engine_script import ask_script
from rl_training.project_files import our_project

TOLERANCE = 1e-5
"""Largest absolute difference at which both sides count as equal (contract in DESIGN)."""

RUNNER = "addons/godot_rl/inference/run_onnx_file.gd"
FREE_LENGTH = 4
"""What a free dimension other than the first (the batch) is set to."""

ENGINE_ROUNDS = 50
RUNTIME_ROUNDS = 50

Array = npt.NDArray[Any]
Feeds = dict[str, Array]

# onnxruntime's type names -> ONNX's number, which the engine-side script reads.
_TYPES: dict[str, tuple[int, type[np.generic]]] = {
    "tensor(float)": (1, np.float32),
    "tensor(uint8)": (2, np.uint8),
    "tensor(int8)": (3, np.int8),
    "tensor(uint16)": (4, np.uint16),
    "tensor(int16)": (5, np.int16),
    "tensor(int32)": (6, np.int32),
    "tensor(int64)": (7, np.int64),
    "tensor(bool)": (9, np.bool_),
    "tensor(uint32)": (12, np.uint32),
}


@dataclass(frozen=True)
class InEngineCheck:
    """What the comparison found.

    Attributes:
        model: the file.
        engine: version of Godot.
        samples: random inputs that were compared.
        max_abs_diff: largest absolute difference of any output element; infinite where one side
            gives NaN or INF and the other does not.
        worst_output: name of the output in which it was found; "" when there is no difference.
        largest_output: largest finite absolute value that onnxruntime gave. From about 100 on,
            neighbouring float32 numbers are further apart than the tolerance.
        forward_us: median time of one forward of batch 1 in the engine, microseconds.
        onnxruntime_us: the same in onnxruntime, called from Python on one thread.
        load_ms: time the engine took to load the model, milliseconds.
        fast_path: whether the engine timed (and compared) `ONNXModel.forward`; else `run`.
        inputs: input name to its shape in the file; text stands for a free length.
        outputs: likewise.
        certificate: "none", what the model's certificate is about, or why the engine refuses it.
        certified: the engine accepts the model's certificate; None when it has none.
    """

    model: str
    engine: str
    samples: int
    max_abs_diff: float
    worst_output: str
    largest_output: float
    forward_us: float
    onnxruntime_us: float
    load_ms: float
    fast_path: bool
    inputs: dict[str, list[int | str]]
    outputs: dict[str, list[int | str]]
    certificate: str
    certified: bool | None

    @property
    def passed(self) -> bool:
        """Whether both sides agree to `TOLERANCE`, and with the certificate, if there is one."""
        return self.max_abs_diff <= TOLERANCE and self.certified is not False


def check_in_engine(
    model: Path,
    engine: Path,
    samples: int = 64,
    seed: int = 0,
    timeout_s: float = 60.0,
    project: Path | None = None,
    runner: str = "gdscript",
) -> InEngineCheck:
    """Compare the engine's ONNX runner with onnxruntime on random inputs.

    Args:
        model: the .onnx file.
        engine: a Godot engine binary.
        samples: rows of random inputs, at least 1; the first goes alone, the rest as one batch
            where the model's batch is free.
        seed: of the random inputs.
        timeout_s: seconds for the engine.
        project: a Godot project that carries the addon; None: ours.
        runner: what computes in the engine: "gdscript", "native" (the optional library) or "auto".

    Raises:
        ModelError: the file is missing, or one of the two sides cannot run it.
        ProjectError: the project does not carry the addon's runner.
        EngineDiedError: the engine ended without an answer.
        EngineTimeoutError: the engine did not answer in time.
    """
    project = project or our_project()
    if not (project / RUNNER).is_file():
        raise ProjectError(f"{project} does not carry {RUNNER}; name a project that does")
    session = _open_session(model)
    cases = _random_cases(session, samples, seed)
    expected = [_run_session(session, feeds, model) for feeds in cases]
    runtime_us = _time_session(session, cases[0])
    version = read_version(engine)
    binary = EngineBinary(path=engine, version=version, source="in_engine_check")
    ensure_imported(binary, project)
    answer = _ask_engine(model, engine, project, session, cases, timeout_s, runner)
    difference, worst = _compare(expected, answer)
    certificate = answer.get("certificate")
    return InEngineCheck(
        model=str(model),
        engine=".".join(str(number) for number in version),
        samples=samples,
        max_abs_diff=difference,
        worst_output=worst,
        largest_output=_largest(expected),
        forward_us=float(answer["forward_us"]),
        onnxruntime_us=runtime_us,
        load_ms=float(answer["load_ms"]),
        fast_path=bool(answer["forward_used"]),
        inputs={item.name: list(item.shape) for item in session.get_inputs()},
        outputs={item.name: list(item.shape) for item in session.get_outputs()},
        certificate=_about_certificate(certificate),
        certified=None if certificate is None else not certificate["error"],
    )


def _about_certificate(found: dict[str, Any] | None) -> str:
    if found is None:
        return "none"
    if found["error"]:
        return str(found["error"])
    return f"{found['about']}; largest difference {found['difference']:.3g}"


def _open_session(model: Path) -> onnxruntime.InferenceSession:
    if not model.is_file():
        raise ModelError(f"no model at {model}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        # onnxruntime's exceptions share no base class.
        raise ModelError(f"onnxruntime cannot load {model}: {error}") from error
    for item in [*session.get_inputs(), *session.get_outputs()]:
        if item.type not in _TYPES:
            raise ModelError(f"{model}: '{item.name}' has the unsupported type {item.type}")
    return session


def _random_cases(session: onnxruntime.InferenceSession, samples: int, seed: int) -> list[Feeds]:
    """Feeds of `samples` rows in all: one row, then the rest in one batch if the batch is free."""
    rng = np.random.default_rng(seed)
    batch_is_free = any(
        item.shape and not isinstance(item.shape[0], int) for item in session.get_inputs()
    )
    # A recurrent state has the batch as its second length: by its name it is the same one.
    names = {item.shape[0] for item in session.get_inputs() if item.shape} - {None}
    batches = [1] * samples
    if batch_is_free and samples > 1:
        batches = [1, samples - 1]
    return [
        {item.name: _random_input(item, batch, names, rng) for item in session.get_inputs()}
        for batch in batches
    ]


def _random_input(
    item: Any, batch: int, batch_names: set[object], rng: np.random.Generator
) -> Array:
    shape = [
        length
        if isinstance(length, int)
        else batch
        if axis == 0 or length in batch_names
        else FREE_LENGTH
        for axis, length in enumerate(item.shape)
    ]
    dtype = _TYPES[item.type][1]
    if dtype is np.float32:
        return np.asarray(rng.normal(scale=2.0, size=shape), dtype=np.float32)
    return np.asarray(rng.integers(0, 2, size=shape), dtype=dtype)


def _run_session(session: onnxruntime.InferenceSession, feeds: Feeds, model: Path) -> Feeds:
    names = [item.name for item in session.get_outputs()]
    try:
        return dict(zip(names, session.run(names, feeds), strict=True))
    except Exception as error:
        # onnxruntime's exceptions share no base class.
        raise ModelError(f"onnxruntime cannot run {model} on random inputs: {error}") from error


def _time_session(session: onnxruntime.InferenceSession, feeds: Feeds) -> float:
    names = [item.name for item in session.get_outputs()]
    times = []
    for _ in range(RUNTIME_ROUNDS):
        started = time.perf_counter()
        for _ in range(10):
            session.run(names, feeds)
        times.append((time.perf_counter() - started) / 10 * 1e6)
    return statistics.median(times)


def _ask_engine(
    model: Path,
    engine: Path,
    project: Path,
    session: onnxruntime.InferenceSession,
    cases: list[Feeds],
    timeout_s: float,
    runner: str,
) -> dict[str, Any]:
    types = {item.name: _TYPES[item.type][0] for item in session.get_inputs()}
    request = {
        "model": str(model.resolve()),
        "rounds": ENGINE_ROUNDS,
        "cases": [
            {name: _encode(array, types[name]) for name, array in feeds.items()} for feeds in cases
        ],
    }
    answer = ask_script(
        RUNNER, request, engine, project, timeout_s, f"run {model}", f"--rl.onnx_runner={runner}"
    )
    if answer["error"]:
        raise ModelError(f"the engine cannot run {model}: {answer['error']}")
    return answer


def _compare(expected: list[Feeds], answer: dict[str, Any]) -> tuple[float, str]:
    """Return the largest difference and where it is: over all outputs, and forward's one."""
    largest, worst = 0.0, ""
    for wanted, got, forward in zip(expected, answer["cases"], answer["forwards"], strict=True):
        pairs = [(name, array, _decode(got[name])) for name, array in wanted.items()]
        if forward is not None:
            name = "output" if "output" in wanted else next(iter(wanted))
            pairs.append((f"{name} of forward()", wanted[name].ravel(), _decode(forward)))
        for name, array, found in pairs:
            difference = _difference(array, found)
            if difference > largest:
                largest, worst = difference, name
    return largest, worst


def _largest(outputs: list[Feeds]) -> float:
    arrays = [np.abs(array.astype(np.float64)) for feeds in outputs for array in feeds.values()]
    return max((float(np.max(a, initial=0.0, where=np.isfinite(a))) for a in arrays), default=0.0)


def _difference(expected: Array, found: Array) -> float:
    """Largest absolute difference; infinite for other shapes, or NaN or INF on one side only."""
    if expected.shape != found.shape:
        return float("inf")
    if expected.size == 0:
        return 0.0
    left, right = expected.astype(np.float64), found.astype(np.float64)
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(left - right))
    return float(np.max(np.nan_to_num(gap, nan=np.inf, posinf=np.inf)))


def _encode(array: Array, onnx_type: int) -> dict[str, Any]:
    raw = array.astype("<f4" if onnx_type == _TYPES["tensor(float)"][0] else "<i8").tobytes()
    return {
        "dtype": onnx_type,
        "shape": list(array.shape),
        "data": base64.b64encode(raw).decode("ascii"),
    }


def _decode(tensor: dict[str, Any]) -> Array:
    raw = base64.b64decode(tensor["data"])
    is_float = int(tensor["dtype"]) == _TYPES["tensor(float)"][0]
    values: Array = np.frombuffer(raw, dtype="<f4" if is_float else "<i8")
    return values.reshape([int(length) for length in tensor["shape"]])
