"""How a command runs: its logging, and how errors and Ctrl-C end it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from rl_training.errors import HarnessError

INTERRUPTED = 130
"""Exit code of a command ended by Ctrl-C (128 + SIGINT), as shells expect it."""


def configure_logging(verbose: bool = False) -> None:
    """Send the harness's log lines to stderr as plain text; others only from warnings up."""
    handler = logging.StreamHandler()
    handler.setFormatter(_LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("rl_training").setLevel(logging.DEBUG if verbose else logging.INFO)


def run_main(main: Callable[[], int]) -> int:
    """Call `main` and return its exit code; the harness's errors become one line on stderr.

    Before it stand the last lines of the engine's log, where an engine is the cause.

    Returns:
        What `main` returned; the error's own code for a `HarnessError`; 130 after Ctrl-C.
    """
    try:
        return main()
    except HarnessError as error:
        for line in error.failure.log_tail if error.failure else ():
            print(f"engine's log | {line}", file=sys.stderr)
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, less) is gone: nothing is left to say, to nobody.
        sys.stderr.close()
        return 1


class _LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if record.levelno >= logging.WARNING:
            return f"{record.levelname.lower()}: {text}"
        return text
