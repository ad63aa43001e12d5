"""Where this machine's apt fetches Debian from, and apt's settings for a private use of it.

Called by `debian`. Reads /etc/apt and writes one folder; nothing of the system is changed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from rl_training.engine.commands import run_command
from rl_training.errors import EngineNotFoundError

MIRROR_VARIABLE = "SPACETIME_RL_DEBIAN_MIRROR"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Godot 4 is in Debian from forky on.
SUITE = "forky"
_HOST_SETTINGS = re.compile(r"^Acquire::(https?|Retries|ForceIPv[46])\b.*;$", re.MULTILINE)


def mirrors(etc: Path = Path("/etc/apt")) -> list[str]:
    """Addresses to try, in order: SPACETIME_RL_DEBIAN_MIRROR, then this machine's Debian mirrors.

    Third parties' entries are told apart by their path, which does not end in `/debian`.

    Args:
        etc: the folder with `sources.list` and `sources.list.d`.
    """
    addresses: list[str] = []
    folder = etc / "sources.list.d"
    for file in [etc / "sources.list", *sorted(folder.glob("*.list"))]:
        for line in _read(file).splitlines():
            match = re.match(r"^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)", line)
            if match:
                addresses.append(match[1])
    for file in sorted(folder.glob("*.sources")):
        for paragraph in re.split(r"\n\s*\n", _read(file)):
            if not re.search(r"^Enabled:\s*no\s*$", paragraph, re.MULTILINE | re.IGNORECASE):
                for match in re.finditer(
                    r"^URIs:((?:.*)(?:\n[ \t].*)*)", paragraph, re.MULTILINE | re.IGNORECASE
                ):
                    addresses.extend(match[1].split())
    debian = [item.rstrip("/") for item in addresses if item.rstrip("/").endswith("/debian")]
    given = os.environ.get(MIRROR_VARIABLE, "").rstrip("/")
    return list(dict.fromkeys([*([given] if given else []), *debian]))


def keyring(work: Path) -> Path:
    """The keys of Debian's archive, fetched through the system's own apt when not installed.

    Args:
        work: a folder to unpack them into.

    Raises:
        EngineNotFoundError: not installed and not to be had.
    """
    if KEYRING.is_file():
        return KEYRING
    # A Debian descendant (Ubuntu) offers them as a package, verified by its own keys.
    folder = work / "keyring"
    folder.mkdir(parents=True, exist_ok=True)
    run_command(["apt-get", "download", "debian-archive-keyring"], timeout_s=60, cwd=folder)
    for package in folder.glob("*.deb"):
        run_command(["dpkg-deb", "-x", package, folder], timeout_s=60)
    unpacked = folder / KEYRING.relative_to("/")
    if not unpacked.is_file():
        raise EngineNotFoundError(
            f"{KEYRING} is missing, so Debian's packages cannot be verified: "
            "install the package debian-archive-keyring"
        )
    return unpacked


def write_private_apt(work: Path, mirror: str, keys: Path) -> dict[str, str]:
    """Write a private apt: its own sources, state, cache and log, below one folder.

    Args:
        work: the folder.
        mirror: address of the Debian archive.
        keys: key ring that must have signed it.

    Returns:
        The environment under which apt uses it.
    """
    for part in ("etc", "state/lists/partial", "cache/archives/partial", "log"):
        (work / part).mkdir(parents=True, exist_ok=True)
    (work / "status").write_text("")
    (work / "etc" / "sources.list").write_text(f"deb [signed-by={keys}] {mirror} {SUITE} main\n")
    lines = [
        f'Dir::Etc "{work / "etc"}";',
        f'Dir::Etc::sourcelist "{work / "etc" / "sources.list"}";',
        'Dir::Etc::sourceparts "-";',
        f'Dir::State "{work / "state"}";',
        f'Dir::State::Lists "{work / "state" / "lists"}";',
        f'Dir::State::Status "{work / "status"}";',
        f'Dir::Cache "{work / "cache"}";',
        f'Dir::Log "{work / "log"}";',
        'APT::Sandbox::User "";',
        'APT::Install-Recommends "false";',
        # A mirror's Release of forky can be past its date.
        'Acquire::Check-Valid-Until "false";',
        # Without it an update that reached nothing exits with 0.
        'APT::Update::Error-Mode "any";',
        'Acquire::Languages "none";',
    ]
    # A private Dir::Etc hides the machine's own settings: proxies and certificates must stay.
    try:
        host = run_command(["apt-config", "dump"], timeout_s=20).output
        lines += [match[0] for match in _HOST_SETTINGS.finditer(host) if '""' not in match[0]]
    except OSError:
        pass
    lines += ['Acquire::http::Timeout "20";', 'Acquire::https::Timeout "20";']
    configuration = work / "apt.conf"
    configuration.write_text("\n".join(lines) + "\n")
    return {"APT_CONFIG": str(configuration), "LC_ALL": "C"}


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
