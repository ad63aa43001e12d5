"""The repository's Markdown: pages, their links, anchors and commands, for the tests beside."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2", re.S | re.M)
_PROGRAM = "spacetime-rl"


def pages() -> list[Path]:
    """Every Markdown file that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    found = [REPOSITORY / name for name in names.stdout.splitlines()]
    return [path for path in found if path.is_file()]


def links(page: Path) -> list[str]:
    """Targets of the page's links and pictures, outside of code."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    text = re.sub(r"`[^`\n]*`", "", text)
    return re.findall(r"\]\(([^)\s]+)\)", text)


def sections(page: Path) -> list[str]:
    """Headings of the second level, in order."""
    return re.findall(r"^## +(.+?) *$", _FENCE.sub("", page.read_text("utf-8")), re.M)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MkDocs make them."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", text, re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).strip().replace(" ", "-")
        number = 0
        unique = slug
        while unique in found:
            number += 1
            unique = f"{slug}-{number}"
        found.add(unique)
    return found


def commands(page: Path) -> Iterator[list[str]]:
    """Words of each `spacetime-rl ...` in the page's code blocks, without the program."""
    text = page.read_text("utf-8")
    blocks = [match[0] for match in _FENCE.finditer(text)]
    blocks += re.findall(r"(?:^ {4,}.*\n)+", _FENCE.sub("", text), re.M)
    for block in blocks:
        joined = re.sub(r"\\\n\s*", " ", block)
        joined = re.sub(r">\n((?:\s+spacetime-rl.*|\s+--.*)\n)+", _folded, joined)
        for line in joined.splitlines():
            match = re.search(rf"(?:^|[\s/$(]){_PROGRAM} (.+)$", line)
            if match is not None:
                words = match[1].partition(")")[0]
                yield re.sub(r"\s+#.*$|\"[^\"]*\"|[\[\]]", "", words).split()


def _folded(match: re.Match[str]) -> str:
    """A YAML text of several lines (`>`) as one line."""
    return " ".join(line.strip() for line in match[0].splitlines()[1:]) + "\n"
