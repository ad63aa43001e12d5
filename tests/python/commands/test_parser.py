from __future__ import annotations

import logging

import pytest

from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging, run_main
from rl_training.errors import EngineDiedError, ModelError


@pytest.fixture(name="parser")
def _parser() -> Parser:
    parser = Parser("what it does")
    parser.add_argument("--num_envs", type=int)
    return parser


@pytest.mark.parametrize("flag", ["--num_envs=3", "--num-envs=3"])
def test_flags_may_be_spelled_with_hyphens(parser: Parser, flag: str) -> None:
    assert parser.parse_args([flag]).num_envs == 3


def test_unknown_flags_name_the_nearest_in_one_line(
    parser: Parser, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--num_env", "3"])
    assert ended.value.code == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "Did you mean '--num_envs'?" in text


def test_wrong_values_exit_with_2(parser: Parser, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--num_envs", "many"])
    assert ended.value.code == 2
    assert "invalid int value: 'many'" in capsys.readouterr().err


def _raise(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "code"),
    [(ModelError("no\nmodel"), 2), (EngineDiedError("gone"), 1), (KeyboardInterrupt(), 130)],
)
def test_errors_become_one_line_and_a_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(lambda: _raise(error)) == code
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "Traceback" not in text


def test_other_exceptions_are_our_bugs_and_show() -> None:
    with pytest.raises(ZeroDivisionError):
        run_main(lambda: _raise(ZeroDivisionError()))


def test_log_lines_are_plain(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    earlier, level = root.handlers[:], root.level
    try:
        configure_logging()
        logging.getLogger("rl_training.x").info("hello")
        logging.getLogger("rl_training.x").warning("careful")
        logging.getLogger("other").info("chatter")
        assert capsys.readouterr().err == "hello\nwarning: careful\n"
    finally:
        root.handlers[:] = earlier
        root.setLevel(level)
