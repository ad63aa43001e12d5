"""Print a shell's completion script: bash, zsh, fish or powershell.

All commands and their flags are read from their own parsers; the script holds plain lists and
starts nothing when a shell asks it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from rl_training.commands.catalogue import COMMANDS, Command
from rl_training.commands.parser import Parser, collect_parser

SHELLS = ("bash", "zsh", "fish", "powershell")
_INSTALL = {
    "bash": 'add to ~/.bashrc:  eval "$(spacetime-rl completion bash)"',
    "zsh": 'add to ~/.zshrc, after compinit:  eval "$(spacetime-rl completion zsh)"',
    "fish": "spacetime-rl completion fish > ~/.config/fish/completions/spacetime-rl.fish",
    "powershell": "add to $PROFILE:  spacetime-rl completion powershell | Out-String | "
    "Invoke-Expression",
}


@dataclass(frozen=True)
class Words:
    """What may follow some words of the command line.

    Attributes:
        before: the words, without the program; empty: the program alone.
        choices: (word, one line of help) that may follow.
    """

    before: str
    choices: tuple[tuple[str, str], ...]


def main(argv: list[str] | None = None) -> int:
    """Print the script of a shell."""
    parser = Parser(__doc__ or "")
    parser.add_argument(
        "shell", choices=SHELLS, help="; ".join(f"{s}: {_INSTALL[s]}" for s in SHELLS)
    )
    shell = parser.parse_args(argv).shell
    print(script(shell))
    return 0


def script(shell: str) -> str:
    """Return the completion script of a shell.

    Args:
        shell: one of `SHELLS`.
    """
    words = tuple(all_words())
    return {"bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _powershell}[shell](words)


def all_words() -> Iterator[Words]:
    """Yield what may follow the program, each group and each command."""
    top = tuple((name, entry.help) for name, entry in COMMANDS.items())
    yield Words("", (*top, ("--help", "show help"), ("--version", "show the version")))
    for name, entry in COMMANDS.items():
        if isinstance(entry, Command):
            yield Words(name, _flags(entry, name))
            continue
        below = tuple((each, command.help) for each, command in entry.commands.items())
        default = entry.commands.get(entry.default)
        more = _flags(default, name) if default is not None else (("--help", "show help"),)
        yield Words(name, (*below, *more))
        for each, command in entry.commands.items():
            yield Words(f"{name} {each}", _flags(command, f"{name} {each}"))


def _flags(command: Command, name: str) -> tuple[tuple[str, str], ...]:
    parser = collect_parser(command.load(), f"spacetime-rl {name}")
    found: list[tuple[str, str]] = []
    for action in parser._actions:
        if action.help is argparse.SUPPRESS:
            continue
        text = " ".join((action.help or "").replace("%%", "%").split())
        if not action.option_strings and action.choices is not None:
            found += [(str(choice), "") for choice in action.choices]
        found += [(flag, text) for flag in action.option_strings if flag.startswith("--")]
    return tuple(found)


def _bash(words: tuple[Words, ...]) -> str:
    cases = "\n".join(
        f"    '{each.before}') words='{' '.join(word for word, _ in each.choices)}' ;;"
        for each in words
    )
    return f"""# bash completion of spacetime-rl
_spacetime_rl() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" command='' words='' word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [[ $word == -* ]] && break
    command="${{command:+$command }}$word"
  done
  while :; do
    case "$command" in
{cases}
    esac
    [[ -n $words || $command != *' '* ]] && break
    command="${{command% *}}"
  done
  [[ $current == -* || -z $command || $words != --* ]] || words=''
  COMPREPLY=()
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ ${{#COMPREPLY[@]}} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _spacetime_rl spacetime-rl"""


def _zsh(words: tuple[Words, ...]) -> str:
    def quoted(text: str) -> str:
        return text.replace("'", "").replace(":", "\\:")

    cases = "\n".join(
        f"    '{each.before}') choices=("
        + " ".join(f"'{word}:{quoted(text)}'" for word, text in each.choices)
        + ") ;;"
        for each in words
    )
    return f"""#compdef spacetime-rl
_spacetime_rl() {{
  local command='' word
  local -a choices
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    [[ $word == -* ]] && break
    command="${{command:+$command }}$word"
  done
  while :; do
    case "$command" in
{cases}
    esac
    (( $#choices )) || [[ $command != *' '* ]] && break
    command="${{command% *}}"
  done
  _alternative 'words:word:{{ _describe word choices }}' 'files:file:_files'
}}
compdef _spacetime_rl spacetime-rl"""


def _fish(words: tuple[Words, ...]) -> str:
    lines = [
        "# fish completion of spacetime-rl",
        "complete -c spacetime-rl -n __fish_use_subcommand -f",
    ]
    for each in words:
        seen = [f"__fish_seen_subcommand_from {word}" for word in each.before.split()]
        condition = "; and ".join(seen) or "__fish_use_subcommand"
        for word, text in each.choices:
            what = f"-l {word[2:]}" if word.startswith("--") else f"-a {word}"
            said = text.replace("\\", "").replace("'", "")
            lines.append(f"complete -c spacetime-rl -n '{condition}' {what} -d '{said}'")
    return "\n".join(lines)


def _powershell(words: tuple[Words, ...]) -> str:
    entries = "\n".join(
        f"    '{each.before}' = @({', '.join(repr(word) for word, _ in each.choices)})"
        for each in words
    )
    return f"""# PowerShell completion of spacetime-rl
Register-ArgumentCompleter -Native -CommandName spacetime-rl -ScriptBlock {{
  param($wordToComplete, $commandAst, $cursorPosition)
  $choices = @{{
{entries}
  }}
  $command = @()
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {{
    $word = $element.ToString()
    if ($word.StartsWith('-') -or $word -eq $wordToComplete) {{ break }}
    $command += $word
  }}
  while ($command.Count -gt 0 -and -not $choices.ContainsKey($command -join ' ')) {{
    $command = @($command | Select-Object -SkipLast 1)
  }}
  $choices[$command -join ' '] | Where-Object {{ $_ -like "$wordToComplete*" }} |
    ForEach-Object {{ [System.Management.Automation.CompletionResult]::new($_) }}
}}"""
