"""Finding, fetching and identifying real binaries. The wheels here are small ones made on the spot; pip is the real one."""

from __future__ import annotations

import os
import shutil
import sysconfig
import threading
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from turnproof import binaries
from turnproof.binaries import BinaryError, BinaryStore, binary, commands, finding
from turnproof.binaries.pip_download import explain
from turnproof.binaries.versions import nearest, normal_version

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = "#!/bin/sh\necho codex-cli {version}\n"
PLATFORM = sysconfig.get_platform()


def make_wheel(folder: Path, version: str, *, executable: bool = True, tag: str = "py3-none-any") -> Path:
    """A wheel with a codex that only knows its version, and a neighbour."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"openai_codex_cli_bin-{version}"
    path = folder / f"{name}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, mode, text in (
            ("codex_cli_bin/__init__.py", 0o644, ""),
            ("codex_cli_bin/bin/codex", 0o755 if executable else 0o644, SCRIPT.format(version=version)),
            ("codex_cli_bin/codex-path/rg", 0o755, "#!/bin/sh\n"),
            (
                f"{name}.dist-info/METADATA",
                0o644,
                f"Metadata-Version: 2.1\nName: openai-codex-cli-bin\nVersion: {version}\n",
            ),
            (f"{name}.dist-info/WHEEL", 0o644, f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"),
            (f"{name}.dist-info/RECORD", 0o644, ""),
        ):
            info = zipfile.ZipInfo(member)
            info.external_attr = (0o100000 | mode) << 16
            wheel.writestr(info, text)
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip takes for the only index there is."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def offline(version: str, destination: Path, scratch: Path) -> Path:
    raise AssertionError(f"went to the network for {version}")


def from_wheel(wheel: Path) -> Callable[[str, Path, Path], Path]:
    return lambda version, destination, scratch: Path(shutil.copy(wheel, destination))


def test_a_version_comes_by_pip_once_and_stays(index: Path, cache: Path) -> None:
    make_wheel(index, "0.9.1")
    path = BinaryStore(cache).install("0.9.1")
    assert path == cache / "binaries" / f"0.9.1-{PLATFORM}" / "codex_cli_bin" / "bin" / "codex"
    assert os.access(path.parent.parent / "codex-path" / "rg", os.X_OK), "its neighbours came with it"
    assert not os.access(path.parent.parent / "__init__.py", os.X_OK)
    assert BinaryStore(cache, offline).install("0.9.1") == path
    assert BinaryStore(cache, offline).find("0.9.1") == path
    assert BinaryStore(cache, offline).find("0.9.2") is None
    found = binaries.cached("0.9.1", cache)
    assert (found.path, found.version, len(found.digest)) == (path, "0.9.1", 64)
    assert sorted(entry.name for entry in (cache / "binaries").iterdir()) == [
        f"0.9.1-{PLATFORM}",
        f"0.9.1-{PLATFORM}.lock",
    ]


def test_a_pre_release_in_the_spelling_of_codex(index: Path, cache: Path) -> None:
    make_wheel(index, "0.9.1a2")
    assert BinaryStore(cache).install("0.9.1-alpha.2") == BinaryStore(cache, offline).install("0.9.1a2")


def test_an_unknown_version_names_the_nearest(index: Path, cache: Path) -> None:
    for version in ("0.1.0", "0.8.0", "0.9.0", "0.10.0", "0.11.0", "0.20.0"):
        make_wheel(index, version)
    with pytest.raises(BinaryError, match=r"^no codex 0\.9\.5 .*the nearest are 0\.8\.0, 0\.9\.0, 0\.10\.0, 0\.11\.0$"):
        BinaryStore(cache).install("0.9.5")
    assert list((cache / "binaries").iterdir()) == []


def test_a_wheel_for_another_platform_is_no_candidate(index: Path, cache: Path) -> None:
    make_wheel(index, "0.9.1", tag="py3-none-win_arm64")
    with pytest.raises(BinaryError, match=f"no openai-codex-cli-bin for this platform .{PLATFORM}"):
        BinaryStore(cache).install("0.9.1")


def test_a_damaged_wheel_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    wheel = make_wheel(tmp_path, "0.9.1")
    wheel.write_bytes(wheel.read_bytes()[:-40])
    with pytest.raises(BinaryError, match="is damaged"):
        BinaryStore(cache, from_wheel(wheel)).install("0.9.1")
    with pytest.raises(BinaryError, match="has no executable codex_cli_bin/bin/codex"):
        BinaryStore(cache, from_wheel(make_wheel(tmp_path, "0.9.1", executable=False))).install("0.9.1")
    assert BinaryStore(cache, offline).find("0.9.1") is None
    assert list((cache / "binaries").iterdir()) == []


def test_what_a_killed_download_left_is_no_version_and_goes_away(tmp_path: Path, cache: Path) -> None:
    wheel = make_wheel(tmp_path, "0.9.1")
    for version in ("0.9.1", "0.9.2"):
        left = cache / "binaries" / f".new-{version}-{PLATFORM}-abc" / "made" / "codex_cli_bin" / "bin"
        left.mkdir(parents=True)
        (left / "codex").write_text("half")
        (cache / "binaries" / f"{version}-{PLATFORM}.lock").touch()
    store = BinaryStore(cache, from_wheel(wheel))
    assert store.installed() == []
    path = store.install("0.9.1")
    assert path.read_text() == SCRIPT.format(version="0.9.1")
    assert [entry.name for entry in (cache / "binaries").glob(".new-*")] == [f".new-0.9.2-{PLATFORM}-abc"]
    store.gc()
    assert sorted(entry.name for entry in (cache / "binaries").iterdir()) == [
        f"0.9.1-{PLATFORM}",
        f"0.9.1-{PLATFORM}.lock",
    ]
    assert path.exists()


def test_one_downloads_the_other_waits_and_says_so(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = make_wheel(tmp_path, "0.9.1")
    entered, go_on = threading.Event(), threading.Event()
    paths: list[Path] = []

    def slow(version: str, destination: Path, scratch: Path) -> Path:
        entered.set()
        assert go_on.wait(20)
        assert not list((cache / "binaries").glob(f"0.9.1-{PLATFORM}")), "nothing is visible before it is complete"
        return from_wheel(wheel)(version, destination, scratch)

    first = threading.Thread(target=lambda: paths.append(BinaryStore(cache, slow).install("0.9.1")))
    second = threading.Thread(target=lambda: paths.append(BinaryStore(cache, offline).install("0.9.1")))
    first.start()
    assert entered.wait(20)
    second.start()
    said = ""
    deadline = time.monotonic() + 20
    while "another process downloads codex 0.9.1: waiting" not in said:
        assert time.monotonic() < deadline
        said += capsys.readouterr().err
    go_on.set()
    first.join(20)
    second.join(20)
    assert len(paths) == 2
    assert paths[0] == paths[1]


def test_gc_keeps_what_is_used_or_named(tmp_path: Path, cache: Path) -> None:
    versions = ("0.9.1", "0.9.2", "0.10.0")
    for version in versions:
        BinaryStore(cache, from_wheel(make_wheel(tmp_path, version))).install(version)
    store = BinaryStore(cache, offline)
    for version in versions[:2]:
        os.utime(cache / "binaries" / f"{version}-{PLATFORM}" / "used", (1, 1))
    assert [one.version for one in store.installed()] == list(versions)
    assert [one.version for one in store.gc(keep=["0.9.2"])] == ["0.9.1"]
    assert [one.version for one in store.installed()] == ["0.9.2", "0.10.0"]
    store.find("0.9.2")
    assert store.gc() == [], "a use is a use"
    assert [one.version for one in store.gc(unused_days=0)] == ["0.9.2", "0.10.0"]
    assert store.installed() == []
    assert list((cache / "binaries").iterdir()) == [], "no lock of a version that is gone"


def test_gc_forgets_the_digests_of_files_that_are_gone(tmp_path: Path, cache: Path) -> None:
    BinaryStore(cache, from_wheel(make_wheel(tmp_path, "0.9.1"))).install("0.9.1")
    binaries.cached("0.9.1", cache)
    assert len(list((cache / "digests").iterdir())) == 1
    BinaryStore(cache).gc(unused_days=0)
    assert list((cache / "digests").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BinaryError, match="set TURNPROOF_CACHE to another folder"):
        BinaryStore(tmp_path / "file", offline).install("0.9.1")


def test_digest_and_version_are_remembered_until_the_file_changes(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def probe(path: Path) -> str:
        asked.append(path)
        return "0.9.1"

    monkeypatch.setattr(binary, "probe_version", probe)
    program = tmp_path / "codex"
    program.write_bytes(b"\x7fELF one")
    program.chmod(0o755)
    first = binaries.at(program, cache)
    assert binaries.at(program, cache) == first
    assert len(asked) == 1
    program.write_bytes(b"\x7fELF two")
    os.utime(program, (1, 1))
    assert binaries.at(program, cache).digest != first.digest
    assert len(asked) == 2
    program.write_bytes(b"#!/bin/sh")
    binaries.at(program, cache)
    binaries.at(program, cache)
    assert len(asked) == 4, "a script may start something newer the next time"


def test_a_damaged_record_is_made_again(tmp_path: Path, cache: Path) -> None:
    program = tmp_path / "codex"
    program.write_text(SCRIPT.format(version="0.9.1"))
    program.chmod(0o755)
    first = binaries.at(program, cache)
    (record,) = (cache / "digests").iterdir()
    for text in ("", "[]", '{"path": 1}', "\0"):
        record.write_text(text)
        assert binaries.at(program, cache) == first


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("#!/bin/sh\necho hello\n", "said 'hello' where a version was expected"),
        ("#!/bin/sh\necho 1.2.3\nexit 3\n", "ended with 3"),
        ("#!/bin/sh\necho GNU bash, version 5.2.15\n", "where a version was expected"),
        ("#!/bin/sh\nsleep 300 & sleep 300\n", "did not end within 0.2 s"),
        ("#!/nowhere/sh\n", "cannot be run here"),
        ("", "cannot be run here"),
    ],
)
def test_what_is_no_codex_is_refused(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    monkeypatch.setattr(binary, "VERSION_SECONDS", 0.2 if "sleep" in script else 30)
    program = tmp_path / "codex"
    program.write_text(script)
    program.chmod(0o755)
    with pytest.raises(BinaryError, match=message) as caught:
        binaries.at(program, cache)
    assert str(program) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_version_is_asked_without_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_MINE", "s3cret")
    program = tmp_path / "codex"
    program.write_text(f'#!/bin/sh\necho "$HOME $CODEX_HOME $SECRET_OF_MINE" > {tmp_path}/seen\necho codex-cli 0.9.1\n')
    program.chmod(0o755)
    assert binaries.probe_version(program) == "0.9.1"
    home, codex_home = (tmp_path / "seen").read_text().split()
    assert home == codex_home != str(Path.home())
    assert not Path(home).exists()


def test_a_path_that_is_no_executable_is_named(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(BinaryError, match=r"^no codex binary at .*nothing"):
        binaries.resolve(f"codex:{tmp_path}/nothing", cache)
    (tmp_path / "plain").touch()
    with pytest.raises(BinaryError, match="is not executable"):
        binaries.resolve(f"codex:{tmp_path}/plain", cache)
    with pytest.raises(BinaryError, match="known are codex, codex@VERSION, codex:PATH"):
        binaries.resolve("claude", cache)
    with pytest.raises(BinaryError, match=r"'latest' is no version of codex"):
        binaries.resolve("codex@latest", cache)


def test_the_environments_own_version_is_not_downloaded(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "codex"
    program.write_text(SCRIPT.format(version="0.9.1"))
    program.chmod(0o755)
    monkeypatch.setattr(finding, "_bundled_version", lambda: "0.9.1")
    monkeypatch.setattr(finding, "_bundled_path", lambda: program)
    assert binaries.resolve("codex@0.9.1", cache) == binaries.resolve("codex", cache)
    assert not (cache / "binaries").exists()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("/usr/bin/python: No module named pip", "this Python has no pip to fetch it"),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(': Failed to establish "
            "a new connection: [Errno -3] Temporary failure in name resolution')'\n"
            "ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)",
            "the package index cannot be reached",
        ),
        ("ERROR: Could not find a version (from versions: none)", "has no openai-codex-cli-bin for this platform"),
        ("noise\nERROR: No space left on device", "pip could not download codex 0.9.1: ERROR: No space left on device"),
        ("", "it said nothing"),
    ],
)
def test_failures_of_pip_are_one_clear_line(said: str, message: str) -> None:
    line = explain("0.9.1", said)
    assert message in line
    assert "0.9.1" in line or "for this platform" in line
    assert "\n" not in line


def test_versions() -> None:
    assert normal_version("v0.164.0-alpha.2") == "0.164.0a2"
    assert normal_version("0.164") is None
    assert nearest("0.9.5", ["0.9.0", "0.10.0"]) == ["0.9.0", "0.10.0"]
    assert nearest("9.0.0", ["0.1.0", "0.3.0", "0.2.0a1", "0.2.0"], 3) == ["0.2.0a1", "0.2.0", "0.3.0"]


def test_the_commands(
    index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "cache_folder", lambda: cache)
    make_wheel(index, "0.9.1")
    make_wheel(index, "0.9.2")
    assert commands.run(["install", "0.9.1", "0.9.2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert commands.run(["list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["codex", "codex@0.9.1", "codex@0.9.2"]
    assert commands.run(["gc", "--unused-days", "0", "--keep", "0.9.2"]) == 0
    assert capsys.readouterr().out.startswith("removed codex 0.9.1 ")
    assert commands.run(["gc"]) == 0
    assert capsys.readouterr().out == "nothing to remove\n"
    with pytest.raises(BinaryError, match=r"the nearest are 0\.9\.1, 0\.9\.2"):
        commands.run(["install", "0.9.3"])


@pytest.mark.parametrize("version", ["../../etc", "latest", "0.9", "0.9.1/../0.9.2", ""])
def test_the_commands_refuse_what_is_no_version_before_they_do_anything(
    version: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "cache_folder", lambda: cache)
    for words in (["install", "0.9.1", version], ["gc", "--keep", version]):
        with pytest.raises(BinaryError, match="is no version of codex: name an exact one"):
            commands.run(words)
    assert not cache.exists()


@pytest.mark.network
def test_a_real_download(cache: Path) -> None:
    found = binaries.resolve("codex@0.160.0", cache)
    assert found.version == "0.160.0"
    assert os.access(found.path, os.X_OK)
    assert BinaryStore(cache, offline).install("0.160.0") == found.path
