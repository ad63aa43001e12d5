"""Every `spacetime-rl` command in the pages exists, with every flag that stands beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.docs.pages import REPOSITORY, commands, pages

catalogue = pytest.importorskip("rl_training.commands.catalogue")
collect_parser = pytest.importorskip("rl_training.commands.parser").collect_parser
COMMAND_PAGES = [page for page in pages() if any(commands(page))]


@pytest.mark.parametrize("page", COMMAND_PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_the_commands_exist(page: Path) -> None:
    wrong = []
    for words in commands(page):
        if words[0] in ("COMMAND", "--help", "--version"):
            continue
        found = catalogue.resolve(words)
        if found is None:
            wrong.append(f"no command: {' '.join(words)}")
            continue
        name, command, rest = found
        options = collect_parser(command.load(), name)._option_string_actions
        known = {"--" + option[2:].replace("-", "_") for option in options}
        for word in rest:
            flag = word.partition("=")[0].replace("-", "_").replace("__", "--", 1)
            if flag.startswith("--") and flag not in known:
                wrong.append(f"{name} has no {flag}: {' '.join(words)}")
    assert wrong == []


def test_the_page_of_commands_names_them_all() -> None:
    text = (REPOSITORY / "docs" / "commands.md").read_text("utf-8")
    missing = [name for name in catalogue.COMMANDS if f"`{name}" not in text]
    assert missing == []
