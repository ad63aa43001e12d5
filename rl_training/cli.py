"""What every entry script shares: its argument parser, its logging, and how errors end it.

Entry scripts parse with `Parser`, call one function inside `run_main` and exit with what it
returns. Nothing here knows a scenario, an engine or torch.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from rl_training.config import nearest
from rl_training.errors import HarnessError
from rl_training.interruption import Interrupted, received, watching

INTERRUPTED = 130
"""Exit code of a script ended by Ctrl-C (128 + SIGINT), as shells expect it."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that takes `--num-envs` for `--num_envs` and suggests the nearest flag."""

    def __init__(self, description: str) -> None:
        super().__init__(
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse after spelling each flag as it was declared, whichever of "-" and "_" it uses."""
        given = list(sys.argv[1:] if args is None else args)
        return super().parse_known_args([self._declared(token) for token in given], namespace)

    def error(self, message: str) -> NoReturn:
        """Exit with code 2 and one line; an unknown flag gets the nearest known one."""
        prefix = "unrecognized arguments: "
        if message.startswith(prefix):
            flags = [word for word in message[len(prefix) :].split() if word.startswith("--")]
            if flags:
                message += "." + nearest(flags[0].split("=")[0], self._option_string_actions)
        self.exit(2, f"error: {message} (see --help)\n")

    def _declared(self, token: str) -> str:
        if not token.startswith("--") or token == "--":
            return token
        name, equals, value = token.partition("=")
        spelled = {option.replace("-", "_"): option for option in self._option_string_actions}
        return spelled.get(name.replace("-", "_"), name) + equals + value


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
        What `main` returned; the error's own code for a `HarnessError`; 130 after Ctrl-C, 143 after
        SIGTERM.
    """
    with watching():
        try:
            return main()
        except HarnessError as error:
            for line in error.failure.log_tail if error.failure else ():
                print(f"engine's log | {line}", file=sys.stderr)
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


class _LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if record.levelno >= logging.WARNING:
            return f"{record.levelname.lower()}: {text}"
        return text
