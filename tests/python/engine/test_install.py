from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from rl_training.engine import debian, official
from rl_training.engine import install as install_module
from rl_training.engine.__main__ import main
from rl_training.engine.cache import Manifest, engines_dir, installations
from rl_training.engine.find import find_engine
from rl_training.engine.install import install_component, install_engine, install_template
from rl_training.engine.xvfb import find_xvfb, install_xvfb
from rl_training.errors import EngineNotFoundError
from tests.python.engine.conftest import FakeGodot

pytestmark = pytest.mark.usefixtures("empty_machine")
Fetch = Callable[[Path, Collection[str]], Manifest]


class Sources:
    """Stand-ins for the two sources: each notes what it was asked for, and may fail."""

    def __init__(self, fake_godot: FakeGodot) -> None:
        self.fake_godot = fake_godot
        self.asked: list[tuple[str, frozenset[str]]] = []
        self.official_fails: str | None = None
        self.debian_fails: str | None = None
        self.answer = "4.6.3.stable.x"
        self.delay_s = 0.0

    def official(self, stage: Path, components: Collection[str], *, base_url: str) -> Manifest:
        return self._fetch("official", stage, components, self.official_fails)

    def debian(self, stage: Path, components: Collection[str], *, final: Path) -> Manifest:
        assert final.is_absolute()
        return self._fetch("debian", stage, components, self.debian_fails)

    def _fetch(
        self, name: str, stage: Path, components: Collection[str], reason: str | None
    ) -> Manifest:
        self.asked.append((name, frozenset(components)))
        time.sleep(self.delay_s)
        for component in components:
            self.fake_godot(stage / component, self.answer)
        if reason:
            raise EngineNotFoundError(reason)
        return Manifest(name, "4.6.3", {component: component for component in components})


@pytest.fixture
def sources(fake_godot: FakeGodot, monkeypatch: pytest.MonkeyPatch) -> Sources:
    sources = Sources(fake_godot)
    monkeypatch.setattr(official, "fetch", sources.official)
    monkeypatch.setattr(debian, "fetch", sources.debian)
    return sources


def leftovers() -> list[str]:
    return [path.name for path in engines_dir().iterdir() if path.name.startswith(".stage")]


def test_the_official_build_comes_first_and_is_kept(sources: Sources) -> None:
    report = install_engine()
    assert not report.reused
    assert report.installation.root == engines_dir() / "godot-official"
    again = install_engine()
    assert again.reused
    assert again.installation == report.installation
    assert sources.asked == [("official", frozenset({"editor"}))]
    assert find_engine(install=False).source == "cache (official)"
    assert leftovers() == []


def test_debian_is_next_and_the_reason_is_reported(sources: Sources) -> None:
    sources.official_fails = "HTTP 403 Forbidden"
    report = install_engine()
    assert report.installation.manifest.source == "debian"
    assert report.attempts == ("official: HTTP 403 Forbidden",)


def test_all_failures_are_told_with_the_remedy(sources: Sources) -> None:
    sources.official_fails, sources.debian_fails = "no network", "apt-get is not on this machine"
    with pytest.raises(
        EngineNotFoundError,
        match=r"official: no network \| debian: apt-get is not on this machine.*set GODOT_BIN",
    ):
        install_engine()
    assert leftovers() == []
    assert installations() == []


def test_an_engine_that_does_not_run_is_not_kept(sources: Sources) -> None:
    sources.answer = "cannot open shared object file"
    with pytest.raises(EngineNotFoundError, match=r"official: .* is not a Godot engine"):
        install_engine()
    assert installations() == []


def test_force_fetches_anew(sources: Sources) -> None:
    install_engine()
    marker = engines_dir() / "godot-official" / "marker"
    marker.write_text("")
    assert not install_engine(force=True).reused
    assert not marker.exists()
    assert leftovers() == []


def test_an_interrupted_install_leaves_nothing_usable(sources: Sources) -> None:
    stage = engines_dir() / ".stage-1234"
    stage.mkdir(parents=True)
    sources.fake_godot(stage / "editor")
    Manifest("official", "4.6.3", {"editor": "editor"}).write(stage)
    with pytest.raises(EngineNotFoundError):
        find_engine(install=False)
    install_engine()
    assert leftovers() == []


def test_an_engine_that_lost_its_program_is_installed_again(sources: Sources) -> None:
    report = install_engine()
    (report.installation.root / "editor").unlink()
    assert find_engine().path.is_file()
    assert len(sources.asked) == 2


def test_an_engine_that_stopped_working_is_installed_again(sources: Sources) -> None:
    report = install_engine()
    sources.fake_godot(report.installation.root / "editor", "segmentation fault, alas")
    assert find_engine().version == (4, 6, 3)
    assert len(sources.asked) == 2


def test_two_installs_at_once_fetch_once(sources: Sources) -> None:
    sources.delay_s = 0.3
    reports: list[bool] = []
    threads = [
        threading.Thread(target=lambda: reports.append(install_engine().reused)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(reports) == [False, True]
    assert len(sources.asked) == 1


def test_debian_gives_everything_in_one_go(sources: Sources) -> None:
    sources.official_fails = "no network"
    report = install_engine(with_template=True, with_xvfb=True)
    assert sources.asked[-1] == ("debian", frozenset({"editor", "template", "xvfb"}))
    assert find_xvfb() == report.installation.root / "xvfb"
    assert install_engine(with_template=True, with_xvfb=True).reused
    assert install_engine().reused


def test_the_screen_beside_an_official_engine_has_its_own_folder(sources: Sources) -> None:
    report = install_engine(with_xvfb=True)
    assert report.installation.manifest.source == "official"
    assert sources.asked == [
        ("official", frozenset({"editor"})),
        ("debian", frozenset({"xvfb"})),
    ]
    assert find_xvfb() == engines_dir() / "xvfb-debian" / "xvfb"
    assert install_engine(with_xvfb=True).reused
    assert len(sources.asked) == 2


def test_a_component_is_added_to_debians_engine(sources: Sources) -> None:
    sources.official_fails = "no network"
    install_engine()
    assert find_xvfb() is None
    program = install_xvfb()
    assert program == engines_dir() / "godot-debian" / "xvfb"
    assert sources.asked[-1] == ("debian", frozenset({"editor", "xvfb"}))
    assert install_xvfb() == program
    assert install_component("template").name == "template"
    assert find_xvfb() == program


def test_a_template_gets_a_folder_of_its_own(sources: Sources) -> None:
    install_engine()
    item = install_template(first="debian")
    assert item.program("template") == engines_dir() / "template-debian" / "template"
    assert install_template().root == item.root
    sources.official_fails = "no network"
    with pytest.raises(EngineNotFoundError, match=r"no template_web .*official: no network"):
        install_template("template_web", first="debian")
    assert [source for source, _ in sources.asked] == ["official", "debian", "official"]
    assert find_engine(install=False).source == "cache (official)"


def test_a_cache_that_cannot_be_written(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPACETIME_RL_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(EngineNotFoundError, match=r"cannot write the cache.*SPACETIME_RL_CACHE"):
        install_engine()


def test_a_failed_swap_puts_the_old_engine_back(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_engine()
    rename = Path.rename

    def fail_on_stage(self: Path, target: Path) -> Path:
        if self.name.startswith(".stage") and "old" not in self.name:
            raise PermissionError("in use")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_on_stage)
    sources.debian_fails = "no"
    with pytest.raises(EngineNotFoundError, match="in use"):
        install_engine(force=True)
    assert find_engine(install=False).path.is_file()
    assert install_module.LOCK_TIMEOUT_S > 60


def test_commands(sources: Sources, capsys: pytest.CaptureFixture[str]) -> None:
    sources.official_fails = "no network"
    assert main(["install", "--with-xvfb"]) == 0
    out = capsys.readouterr().out
    assert "failed: official: no network" in out
    assert "installed Godot 4.6.3 (debian)" in out
    assert main(["install"]) == 0
    assert "already installed: Godot 4.6.3 (debian)" in capsys.readouterr().out
    assert main(["path"]) == 0
    assert capsys.readouterr().out == f"{engines_dir() / 'godot-debian' / 'editor'}\n"
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith("Godot 4.6.3 (cache (debian)): /")


def test_errors_of_commands_are_one_line(
    sources: Sources, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["path", "--godot", str(tmp_path / "nowhere")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: --godot: ")
    assert captured.err.count("\n") == 1
    assert main(["paths"]) == 2
