"""The argument parser of all commands: dashes or underscores, near names, old spellings.

Nothing here knows a scenario, an engine or torch.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NoReturn

from rl_training.errors import nearest

_program: ContextVar[str | None] = ContextVar("program", default=None)
_collecting: ContextVar[bool] = ContextVar("collecting", default=False)
# A word after a bare `--json` that is a command's own positional and no file to write.
_POSITIONAL_SUFFIXES = (".replay", ".part", ".zip")


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that takes `--num-envs` for `--num_envs` and suggests the nearest flag.

    A flag that was renamed works by its old name and says the new one: see `renamed`.
    """

    def __init__(self, description: str) -> None:
        super().__init__(
            prog=_program.get(),
            description=description,
            allow_abbrev=False,
            formatter_class=_Formatter,
        )
        self._renamed: dict[str, str] = {}

    def renamed(self, old: str, new: str) -> None:
        """Accept an old spelling of a flag; whoever uses it is told the new one, once."""
        self._renamed[old] = new

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse after spelling each flag as it is declared today."""
        if _collecting.get():
            raise _Collected(self)
        given = list(sys.argv[1:] if args is None else args)
        told: set[str] = set()
        spelled = [self._declared(token, told) for token in given]
        return super().parse_known_args(self._bare_json(spelled), namespace)

    def error(self, message: str) -> NoReturn:
        """Exit with code 2 and one line; an unknown flag gets the nearest known one."""
        prefix = "unrecognized arguments: "
        if message.startswith(prefix):
            flags = [word for word in message[len(prefix) :].split() if word.startswith("--")]
            if flags:
                message += "." + nearest(flags[0].split("=")[0], self._option_string_actions)
        self.exit(2, f"error: {message} (see --help)\n")

    def _declared(self, token: str, told: set[str]) -> str:
        if not token.startswith("--") or token == "--":
            return token
        name, equals, value = token.partition("=")
        plain = name.replace("-", "_")
        for old, new in self._renamed.items():
            if plain == old.replace("-", "_"):
                if old not in told:
                    told.add(old)
                    print(f"note: {old} is called {new} now", file=sys.stderr)
                return new + equals + value
        spelled = {option.replace("-", "_"): option for option in self._option_string_actions}
        return spelled.get(plain, name) + equals + value

    def _bare_json(self, tokens: list[str]) -> list[str]:
        """Keep `--json`, whose file is optional, from taking a positional that follows it."""
        if all(action.option_strings for action in self._actions):
            return tokens
        return [
            "--json=-" if token == "--json" and _is_positional(after) else token
            for token, after in zip(tokens, [*tokens[1:], ""], strict=True)
        ]


@contextlib.contextmanager
def program_named(name: str) -> Iterator[None]:
    """Let the parsers that are made inside call their program so in usage lines."""
    token = _program.set(name)
    try:
        yield
    finally:
        _program.reset(token)


def collect_parser(main: Callable[[list[str]], int], name: str) -> Parser:
    """Return the parser that a command makes, without parsing anything or running it.

    Completion and tests look at all flags by it.

    Args:
        main: the command's function.
        name: its program's name, as `program_named` takes it.
    """
    token = _collecting.set(True)
    try:
        with program_named(name):
            main([])
    except _Collected as collected:
        return collected.parser
    finally:
        _collecting.reset(token)
    raise AssertionError(f"{name} parses no flags with commands.parser.Parser")


class _Collected(Exception):
    def __init__(self, parser: Parser) -> None:
        super().__init__()
        self.parser = parser


class _Formatter(argparse.HelpFormatter):
    """Shows defaults, but not where there is none to show: those are described by the help."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        silent = action.default in (None, False, argparse.SUPPRESS) or action.default == ()
        if silent or not action.option_strings or "%(default)" in text or "(default:" in text:
            return text
        if isinstance(action.default, bool):
            return f"{text} (default: yes)"
        if isinstance(action.default, (list, tuple)):
            shown = " ".join(str(value) for value in action.default)
            return f"{text} (default: {shown})" if shown else text
        return f"{text} (default: %(default)s)"

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Keep the lines of a text that has several: it is a list."""
        if "\n" not in text.strip():
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in text.splitlines())


def _is_positional(word: str) -> bool:
    return word.endswith(_POSITIONAL_SUFFIXES) or (bool(word) and Path(word).is_dir())
