"""Private homes: what is in them, what is not, and who cleans up."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from turnproof.cache import CacheError, cache_folder
from turnproof.homes import KEPT_HOMES, HomeError, Homes, ModelSettings, config_toml, first_start
from turnproof.supervisor import own_supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = ModelSettings("http://127.0.0.1:1/v1")


@pytest.fixture
def cache() -> Iterator[Path]:
    """A short path, also on macOS; that it is below the temp folder matters to the real binary alone."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def make_binary(folder: Path, body: str) -> Path:
    """A stand-in for the binary's first start: a Python script that reads one line and answers."""
    binary = folder / "binary"
    binary.write_text(
        f"#!{sys.executable}\nimport os, sys\nhome = os.environ['CODEX_HOME']\n{body}\n", encoding="utf-8"
    )
    binary.chmod(0o755)
    return binary


ANSWERS = """
open(home + '/../../../starts', 'a').write('x')
for name in ('state_5.sqlite', 'state_5.sqlite-wal', 'state_5.sqlite-shm', 'installation_id', 'history.jsonl'):
    open(f'{home}/{name}', 'w').write(name)
os.makedirs(home + '/skills/.system/a')
os.makedirs(home + '/sessions/2026')
sys.stdin.readline()
print('{"id":1,"result":{}}', flush=True)
sys.stdin.read()
"""


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_home_has_its_folders_and_its_config(cache: Path) -> None:
    home = Homes(cache).create(ModelSettings("http://127.0.0.1:7/v1", 1, 2, 300))
    assert names(home.root) == ["c", "t", "u", "w"]
    config = tomllib.loads((home.codex_home / "config.toml").read_text())
    provider = config["model_providers"][config["model_provider"]]
    assert provider["base_url"] == "http://127.0.0.1:7/v1"
    retries = (provider["request_max_retries"], provider["stream_max_retries"], provider["stream_idle_timeout_ms"])
    assert retries == (1, 2, 300)
    assert provider["env_key"] in home.environment()
    home.configure(ModelSettings("http://127.0.0.1:8/v1"))
    assert ":8/v1" in (home.codex_home / "config.toml").read_text()


def test_the_switches_that_keep_it_quiet() -> None:
    config = tomllib.loads(config_toml(MODEL))
    assert config["features"]["plugins"] is False
    assert config["analytics"]["enabled"] is False
    assert config["feedback"]["enabled"] is False
    assert config["check_for_update_on_startup"] is False
    assert config["project_root_markers"] == []
    assert (config["approval_policy"], config["sandbox_mode"]) == ("never", "danger-full-access")


def test_a_base_url_cannot_break_out_of_its_string() -> None:
    url = 'http://x/"\nmodel = "other'
    assert tomllib.loads(config_toml(ModelSettings(url)))["model_providers"]["turnproof"]["base_url"] == url


def test_the_environment_is_an_allow_list(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "http_proxy", "ALL_PROXY", "RUST_LOG", "OPENAI_API_KEY", "CODEX_API_KEY", "SECRET"):
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("LANG", "C.UTF-8")
    home = Homes(cache).create(MODEL)
    environment = home.environment({"NONCE": "1"})
    assert "canary" not in environment.values()
    assert environment["PATH"] == os.environ["PATH"]
    assert (environment["TERM"], environment["NO_COLOR"], environment["NONCE"]) == ("xterm", "1", "1")
    assert environment["LANG"] == "C.UTF-8"
    assert environment["CODEX_HOME"] == str(home.codex_home)
    assert environment["HOME"] == str(home.user_home)
    assert environment["TMPDIR"] == str(home.scratch)


def test_homes_do_not_share_a_folder(cache: Path) -> None:
    homes = Homes(cache)
    assert len({homes.create(MODEL).root for _ in range(50)}) == 50


def test_a_socket_path_fits_or_the_cache_is_refused(cache: Path, tmp_path: Path) -> None:
    home = Homes(cache).create(MODEL)
    path = home.codex_home / "app-server-control" / "app-server-control.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    with pytest.raises(HomeError, match=r"too long a path: .* 103 fit; set TURNPROOF_CACHE"):
        Homes(tmp_path / ("x" * 80))


def test_the_cache_is_named_by_the_environment_and_never_below_the_temp_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNPROOF_CACHE", "/var/cache/turnproof")
    assert cache_folder() == Path("/var/cache/turnproof")
    monkeypatch.setenv("TURNPROOF_CACHE", "/tmp/turnproof")
    with pytest.raises(CacheError, match="below the temp folder"):
        cache_folder()
    monkeypatch.delenv("TURNPROOF_CACHE")
    assert cache_folder().name == "turnproof"


def test_a_passed_home_is_removed_and_a_failed_one_kept(cache: Path) -> None:
    homes = Homes(cache)
    passed, failed = homes.create(MODEL), homes.create(MODEL)
    passed.finish()
    passed.finish()
    failed.finish(keep=True)
    assert names(cache / "h") == [failed.root.name, f"{failed.root.name}.owner"]
    assert homes.collect() == 0
    assert failed.root.is_dir()


def test_kept_homes_do_not_pile_up(cache: Path) -> None:
    homes = Homes(cache)
    kept = [homes.create(MODEL) for _ in range(KEPT_HOMES + 3)]
    for age, home in enumerate(kept):
        home.finish(keep=True)
        moment = time.time() - age
        os.utime(home.root.with_suffix(".owner"), (moment, moment))
    assert homes.collect() == 3
    assert [home.root.exists() for home in kept] == [True] * KEPT_HOMES + [False] * 3


def test_a_killed_owner_leaves_nothing(cache: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from turnproof.homes import Homes, ModelSettings\n"
        f"print(Homes(Path({str(cache)!r})).create(ModelSettings('http://x')).root, flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe, text=True) as owner:
        assert owner.stdout is not None
        root = Path(owner.stdout.readline().strip())
        homes = Homes(cache)
        assert homes.collect() == 0
        assert (root / "w").is_dir()
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    assert homes.collect() == 1
    assert names(cache / "h") == []


def test_a_reused_pid_is_not_the_owner(cache: Path) -> None:
    homes = Homes(cache)
    home = homes.create(MODEL)
    note = home.root.with_suffix(".owner")
    fields = json.loads(note.read_text())
    assert fields["pid"] == os.getpid()
    note.write_text(json.dumps({**fields, "start": "1"}))
    assert homes.collect() == 1
    assert not home.root.exists()


def test_an_owner_on_another_machine_gets_a_day(cache: Path) -> None:
    homes = Homes(cache)
    home = homes.create(MODEL)
    note = home.root.with_suffix(".owner")
    note.write_text(json.dumps({**json.loads(note.read_text()), "where": "elsewhere", "start": "1"}))
    assert homes.collect() == 0
    moment = time.time() - 25 * 3600
    os.utime(note, (moment, moment))
    assert homes.collect() == 1


def test_a_folder_without_a_note_is_nobodys(cache: Path) -> None:
    homes = Homes(cache)
    (cache / "h" / "abcdef").mkdir()
    homes.collect()
    assert names(cache / "h") == []


def test_a_home_that_resists_is_collected_later(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def resist(*_: object, **__: object) -> None:
        """As when a survivor makes files faster than they go."""

    home = Homes(cache).create(MODEL)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", resist)
        home.finish()
    assert home.root.with_suffix(".owner").exists()
    home.finish()
    assert names(cache / "h") == []


def test_a_template_holds_no_state_and_is_made_once(cache: Path, tmp_path: Path) -> None:
    homes = Homes(cache)
    binary = make_binary(tmp_path, ANSWERS)
    template = homes.template(binary, "sha256:abc")
    assert homes.template(binary, "sha256:abc") == template
    assert names(template) == ["skills", "state_5.sqlite", "state_5.sqlite-wal"]
    assert (cache / "starts").read_text() == "x"
    assert names(cache / "h") == []
    home = homes.create(MODEL, template)
    assert names(home.codex_home) == ["config.toml", "skills", "state_5.sqlite", "state_5.sqlite-wal"]
    (home.codex_home / "state_5.sqlite").write_text("changed")
    assert (template / "state_5.sqlite").read_text() == "state_5.sqlite"


def test_many_ask_for_a_template_and_one_makes_it(cache: Path, tmp_path: Path) -> None:
    binary = make_binary(tmp_path, ANSWERS)
    made: list[Path] = []
    threads = [threading.Thread(target=lambda: made.append(Homes(cache).template(binary, "d"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert (cache / "starts").read_text() == "x"


def test_a_binary_that_does_not_answer_is_named(cache: Path, tmp_path: Path) -> None:
    binary = make_binary(tmp_path, "sys.exit('no such thing')")
    with pytest.raises(HomeError, match=r"did not answer initialize \(exit code 1\): no such thing"):
        Homes(cache).template(binary, "d")
    assert [name for name in names(cache / "t") if not name.endswith(".lock")] == []
    assert names(cache / "h") == []


def test_a_binary_that_hangs_is_killed(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_start, "PATIENCE", 0.1)
    binary = make_binary(tmp_path, "import time; time.sleep(600)")
    with pytest.raises(HomeError, match=r"did not answer initialize within 0.1 s"):
        Homes(cache).template(binary, "d")


def test_unused_templates_go(cache: Path, tmp_path: Path) -> None:
    homes = Homes(cache)
    template = homes.template(make_binary(tmp_path, ANSWERS), "d")
    homes.collect()
    assert template.is_dir()
    os.utime(template, (1, 1))
    homes.collect()
    assert not template.exists()


def test_the_real_template_knows_no_thread_and_no_log() -> None:
    package = pytest.importorskip("codex_cli_bin", reason="pip install openai-codex-cli-bin")
    codex = Path(package.bundled_codex_path())
    homes = Homes()
    template = homes.template(codex, f"test{codex.stat().st_size:x}{codex.stat().st_mtime_ns:x}"[-16:])
    home = homes.create(MODEL, template)
    try:
        text = b"".join(path.read_bytes() for path in template.rglob("*") if path.is_file())
        assert str(homes.cache).encode() not in text
        rows: dict[str, int] = {}
        for database in sorted(home.codex_home.glob("*.sqlite")):
            connection = sqlite3.connect(database)
            tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
            for table in tables:
                (rows[f"{database.name}:{table}"],) = connection.execute(f'select count(*) from "{table}"').fetchone()
            connection.close()
        assert rows["state_5.sqlite:threads"] == 0
        assert rows["logs_2.sqlite:logs"] == 0
        filled = {name.split(":")[1] for name, count in rows.items() if count}
        assert filled <= {
            "_sqlx_migrations",
            "sqlite_sequence",
            "backfill_state",
            "thread_sections",
            "consolidation_progress",
        }
    finally:
        home.finish()


# -- the first start, whose process nobody else looks after


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # a killed orphan may wait for its reaper
    return not stat.exists() or stat.read_bytes().rsplit(b")", 1)[1].split()[0] != b"Z"


def test_the_supervisor_looks_after_a_first_start(cache: Path, tmp_path: Path) -> None:
    binary = make_binary(tmp_path, "open(home + '/a.sqlite', 'w').write(os.environ['TURNPROOF_NONCE'])\n" + ANSWERS)
    template = Homes(cache).template(binary, "d")
    assert (template / "a.sqlite").read_text().split("+")[-1] == own_supervisor().nonce


def test_an_answer_is_known_by_its_id_and_not_by_its_looks(cache: Path, tmp_path: Path) -> None:
    first = """print('{"id":1,', '{"method":"x","params":{"id":1,"a":0}}', 7, sep='\\n', flush=True)"""
    talks = f"sys.stdin.readline()\n{first}\n"
    assert Homes(cache).template(make_binary(tmp_path, talks + """print('{"result": {}, "id": 1}')"""), "a").is_dir()
    with pytest.raises(HomeError, match=r"did not answer initialize \(exit code 0\)"):
        Homes(cache).template(make_binary(tmp_path, talks), "b")


def test_a_first_start_that_ends_badly_is_named(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(HomeError, match=r"answered initialize and did not end well \(exit code 3\)"):
        Homes(cache).template(make_binary(tmp_path, ANSWERS + "sys.exit(3)"), "d")


LENDS = """
import subprocess
held = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'])
open(home + '/../../../held', 'w').write(str(held.pid))
"""


def test_who_holds_the_output_of_a_first_start_does_not_hold_us(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_start, "FAREWELL", 1.0)
    template = Homes(cache).template(make_binary(tmp_path, LENDS + ANSWERS), "d")
    assert "state_5.sqlite" in names(template)
    held = int((cache / "held").read_text())
    for _ in range(200):
        if not alive(held):
            break
        time.sleep(0.02)  # a killed process takes its moment to be gone
    assert not alive(held)


def test_an_interrupt_leaves_nothing_of_a_first_start(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(line: bytes) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(first_start, "_answers", interrupt)
    hangs = "open(home + '/../../../pid', 'w').write(str(os.getpid()))\n"
    hangs += ANSWERS.replace("sys.stdin.read()", "import time; time.sleep(600)")
    with pytest.raises(KeyboardInterrupt):
        Homes(cache).template(make_binary(tmp_path, hangs), "d")
    assert not alive(int((cache / "pid").read_text()))
    assert names(cache / "h") == []
