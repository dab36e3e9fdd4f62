"""From a binary to its document: what is asked, what is kept, what is refused; and the committed one is that of 0.163.0."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from turnproof import profile as profiles
from turnproof.schema.binary import BUNDLE, binary_digest, generate, schema_of
from turnproof.schema.derive import derive
from turnproof.schema.document import SchemaDocument, SchemaError, canonical

if TYPE_CHECKING:
    from pathlib import Path

MINI: dict[str, Any] = {
    "definitions": {
        "JSONRPCErrorError": {"type": "object", "properties": {"code": {"type": "integer"}}, "description": "prose"},
        "ClientRequest": {"oneOf": []},
        "ClientNotification": {"oneOf": []},
        "ServerRequest": {"oneOf": []},
        "ServerNotification": {
            "oneOf": [
                {
                    "properties": {"method": {"enum": ["a/b"]}, "params": {"$ref": "#/definitions/v2/Body"}},
                    "required": ["method", "params"],
                }
            ]
        },
        "v2": {
            "Body": {
                "type": "object",
                "title": "prose",
                "properties": {
                    "title": {"type": "string", "default": "x"},
                    "kind": {"allOf": [{"$ref": "#/definitions/v2/Kind"}]},
                },
            },
            "Kind": {
                "oneOf": [{"enum": ["x"], "type": "string", "description": "prose"}, {"enum": ["y"], "type": "string"}]
            },
            "Unused": {"type": "string"},
        },
    }
}


def stand_in(folder: Path, body: str = "") -> Path:
    """A program that writes the small bundle where the real one writes its own, and counts how often it ran."""
    (folder / "bundle.json").write_text(json.dumps(MINI))
    program = folder / "codex"
    program.write_text(
        f"#!{sys.executable} -IS\n"
        + textwrap.dedent(f"""
        import os, pathlib, sys
        here = pathlib.Path(__file__).parent
        with (here / "runs").open("a") as runs: runs.write(" ".join(sys.argv[1:3]) + "\\n")
        {body}
        if "--version" in sys.argv: print("codex-cli 9.8.7")
        else:
            out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1]); out.mkdir(parents=True)
            (out / "{BUNDLE}").write_bytes((here / "bundle.json").read_bytes())
        """)
    )
    program.chmod(0o755)
    return program


def test_derive_keeps_structure_and_drops_the_rest() -> None:
    document = derive(MINI, MINI, {"version": "9"})
    assert document["definitions"] == {
        "Body": {"type": "object", "properties": {"title": {"type": "string"}, "kind": {"$ref": "#/definitions/Kind"}}},
        "JSONRPCErrorError": {"type": "object", "properties": {"code": {"type": "integer"}}},
        "Kind": {"enum": ["x", "y"], "type": "string"},
    }
    assert document["server_notifications"] == {
        "a/b": {"params": {"$ref": "#/definitions/Body"}, "params_required": True}
    }


def test_derive_refuses_what_it_would_get_wrong() -> None:
    twice = json.loads(json.dumps(MINI))
    twice["definitions"]["Body"] = {"type": "string"}
    with pytest.raises(SchemaError, match="two definitions named Body"):
        derive(twice, twice, {})
    asking = json.loads(json.dumps(MINI))
    asking["definitions"]["ClientRequest"]["oneOf"] = [
        {"properties": {"id": {}, "method": {"enum": ["odd/one"]}}, "required": ["method"]}
    ]
    with pytest.raises(SchemaError, match="no response type is known for odd/one"):
        derive(asking, asking, {})


def test_the_digest_is_of_the_schema_not_of_its_origin() -> None:
    one, two = (SchemaDocument.from_json(canonical(derive(MINI, MINI, {"version": version}))) for version in "12")
    assert one.digest == two.digest
    assert one.digest != profiles.load("0.163.0").schema_digest


def test_a_binary_is_asked_once(tmp_path: Path) -> None:
    binary, cache = stand_in(tmp_path), tmp_path / "cache"
    first = schema_of(binary, cache=cache)
    runs = (tmp_path / "runs").read_text()
    assert schema_of(binary, cache=cache).digest == first.digest
    assert (tmp_path / "runs").read_text() == runs
    assert len(runs.splitlines()) == 3
    assert first.origin["version"] == "9.8.7"
    binary.write_text(binary.read_text() + "# another file\n")
    schema_of(binary, cache=cache)
    assert len((tmp_path / "runs").read_text().splitlines()) == 6


def test_a_broken_cache_file_is_made_again(tmp_path: Path) -> None:
    binary, cache = stand_in(tmp_path), tmp_path / "cache"
    schema_of(binary, cache=cache)
    (kept,) = (cache / "schemas").glob("*.json")
    for broken in ("", "{}", kept.read_text()[:100], '{"turnproof_schema": 1}'):
        kept.write_text(broken)
        assert schema_of(binary, cache=cache).origin["version"] == "9.8.7"
    assert not list((cache / "schemas").glob("*.new"))


def test_many_who_come_at_once_ask_once(tmp_path: Path) -> None:
    binary, cache = stand_in(tmp_path), tmp_path / "cache"
    code = (
        "import sys; from pathlib import Path; from turnproof.schema.binary import schema_of;"
        "print(schema_of(Path(sys.argv[1]), cache=Path(sys.argv[2])).digest)"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code, binary, cache], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    digests = {child.communicate(timeout=60)[0] for child in children}
    assert len(digests) == 1
    assert len((tmp_path / "runs").read_text().splitlines()) == 3


def test_the_binary_sees_a_private_home_and_a_bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    binary = stand_in(tmp_path, '(here / "env").write_text(repr(dict(os.environ)))')
    generate(binary, binary_digest(binary))
    seen: dict[str, str] = eval((tmp_path / "env").read_text(), {})  # its own repr
    assert "OPENAI_API_KEY" not in seen
    assert seen["HOME"] == seen["CODEX_HOME"] != os.environ["HOME"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("sys.exit('no such command')", r"ended with 1: no such command"),
        ("sys.exit(0)", "made no"),
        ("os.kill(os.getpid(), 9)", r"ended with -9"),
    ],
)
def test_a_binary_that_fails_is_one_line(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(SchemaError, match=words) as caught:
        schema_of(stand_in(tmp_path, body), cache=tmp_path / "cache")
    assert "\n" not in str(caught.value)
    with pytest.raises(SchemaError, match="no binary at"):
        schema_of(tmp_path / "absent", cache=tmp_path / "cache")


def test_the_committed_schema_is_that_of_the_real_binary(tmp_path: Path) -> None:
    module = pytest.importorskip("codex_cli_bin", reason="the real binary: pip install turnproof[codex]")
    binary: Path = module.bundled_codex_path()
    data = canonical(generate(binary, binary_digest(binary)))
    assert data + b"\n" == profiles.load("0.163.0").schema_data(), "python -m turnproof.schema derive --binary …"
    assert len(data) < 600_000


def test_no_prose_in_the_committed_schema() -> None:
    data = profiles.load("0.163.0").schema_data()
    sentences = [word for word in json.dumps(json.loads(data)).split('"') if word.count(" ") > 3]
    assert [text for text in sentences if not text.startswith("codex app-server generate")] == []
