"""Ask one of the addon's scripts in an engine of its own: a JSON request in, a JSON answer out.

Called by `in_engine_check` and `in_engine_timing`, which know what is asked.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from rl_training.engine.commands import run_command
from rl_training.errors import EngineDiedError, EngineTimeoutError


def ask_script(
    script: str,
    request: dict[str, Any],
    engine: Path,
    project: Path,
    timeout_s: float,
    task: str,
    *flags: str,
) -> dict[str, Any]:
    """Run a script that takes `--onnx_request` and `--onnx_response`, and return its answer.

    Args:
        script: path of the script below the project.
        request: what JSON can hold.
        engine: a Godot engine binary.
        project: a Godot project that carries the script, imported.
        timeout_s: seconds for the engine.
        task: what the engine was to do, for messages: "run policy.onnx".
        *flags: further arguments for the script.

    Raises:
        EngineDiedError: the engine ended without an answer.
        EngineTimeoutError: the engine did not answer in time.
    """
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        asked, answered = Path(folder, "request.json"), Path(folder, "response.json")
        asked.write_text(json.dumps(request), encoding="utf-8")
        result = run_command(
            [
                engine,
                "--headless",
                "--path",
                project.resolve(),
                "--script",
                f"res://{script}",
                "--",
                f"--onnx_request={asked}",
                f"--onnx_response={answered}",
                *flags,
            ],
            timeout_s=timeout_s,
        )
        if result.timed_out:
            raise EngineTimeoutError(f"the engine did not {task} within {timeout_s:.0f} s")
        try:
            return dict(json.loads(answered.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            raise EngineDiedError(
                f"the engine ended with code {result.returncode} without an answer; its last "
                f"words: {result.last_line()}"
            ) from None
