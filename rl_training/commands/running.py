"""How a command runs: its logging, and how errors and Ctrl-C end it."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable

from rl_training.errors import HarnessError
from rl_training.interruption import Interrupted, received, watching

INTERRUPTED = 130
"""Exit code of a command ended by Ctrl-C (128 + SIGINT), as shells expect it."""


def configure_logging(verbose: bool = False, *, repeat: bool = True) -> None:
    """Send the harness's log lines to stderr as plain text; others only from warnings up.

    Args:
        verbose: debug lines too.
        repeat: show a line each time; False: once, for commands that start several engines.
    """
    handler = _Stderr()
    handler.setFormatter(_LineFormatter())
    if not repeat:
        handler.addFilter(_Once())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("rl_training").setLevel(logging.DEBUG if verbose else logging.INFO)


def run_main(main: Callable[[], int]) -> int:
    """Call `main` and return its exit code; the harness's errors become one line on stderr.

    Before it stand the last lines of the engine's log, where an engine is the cause.

    Returns:
        What `main` returned; the error's own code for a `HarnessError`; 130 after Ctrl-C, 143 after
        SIGTERM.
    """
    with watching():
        try:
            return main()
        except HarnessError as error:
            for line in error.failure.log_tail if error.failure else ():
                print(f"engine's log | {line}", file=sys.stderr)
            for line in error.lines:
                print(line, file=sys.stderr)
            print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
            return error.exit_code
        except KeyboardInterrupt as error:
            print("interrupted", file=sys.stderr)
            return error.exit_code if isinstance(error, Interrupted) else INTERRUPTED
        except BrokenPipeError:
            # The reader of our output (head, less) is gone: nothing is left to say, to nobody.
            sys.stderr.close()
            return 1
        except Exception:
            # A package that catches a KeyboardInterrupt and raises something of its own.
            signal_received = received()
            if signal_received is None:
                raise
            print("interrupted", file=sys.stderr)
            return 128 + signal_received


class _Stderr(logging.Handler):
    """Writes to what stderr is at the moment: it may be another stream than at the start."""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(ValueError, OSError):  # closed: nobody reads it any more
            print(self.format(record), file=sys.stderr, flush=True)


class _Once(logging.Filter):
    """Lets every line through once."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        if line in self._seen:
            return False
        self._seen.add(line)
        return True


class _LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if record.levelno >= logging.WARNING:
            return f"{record.levelname.lower()}: {text}"
        return text
