"""Completion scripts: the shells themselves complete by them, where they are installed."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from rl_training.commands import completion

_WORDS = (
    ("spacetime-rl tra", "train"),
    ("spacetime-rl export ga", "game"),
    ("spacetime-rl evaluate --in_", "--in_engine"),
    ("spacetime-rl runs compare --po", "--points"),
    ("spacetime-rl gate --upd", "--update_baseline"),
)


def test_everything_is_in_the_lists() -> None:
    words = {each.before: dict(each.choices) for each in completion.all_words()}
    assert "train" in words[""]
    assert "--timesteps" in words["train"]
    assert "--current" in words["gate"]
    assert "training" in words["gate"]
    assert set(completion.SHELLS) <= set(words["completion"])


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_each_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert completion.main([shell]) == 0
    text = capsys.readouterr().out
    assert "spacetime-rl" in text
    assert "project_path" in text


@pytest.mark.parametrize(("line", "expected"), _WORDS)
def test_bash_completes(line: str, expected: str) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on this machine")
    ask = f"""{completion.script("bash")}
COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_spacetime_rl
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        [bash, "--norc", "--noprofile", "-c", ask], capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.split() == [expected]


@pytest.mark.parametrize(("shell", "flags"), [("zsh", ["-n"]), ("fish", ["--no-execute"])])
def test_scripts_are_read_by_their_shells(shell: str, flags: list[str]) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} on this machine")
    done = subprocess.run(
        [program, *flags],
        input=completion.script(shell),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
