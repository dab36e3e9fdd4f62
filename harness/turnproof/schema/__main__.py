"""Make the data of a profile, or hold recorded messages against it.

python -m turnproof.schema derive --binary PATH --out FOLDER      schema.json of a profile, from a binary
python -m turnproof.schema learn FOLDER … --out FOLDER            always_sent.json of a profile, from histories
python -m turnproof.schema check FOLDER …                         every recorded message at both levels
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from turnproof import profile as profiles
from turnproof.schema.binary import binary_digest, generate
from turnproof.schema.document import SchemaDocument, SchemaError, canonical
from turnproof.schema.envelope import envelope_problems
from turnproof.schema.learn import Learner
from turnproof.schema.recording import recorded
from turnproof.schema.schema import Schema


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it did its work and, for check, found nothing; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m turnproof.schema", description="The schema of a server version.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("derive", help="make the schema document of a binary")
    one.add_argument("--binary", type=Path, required=True)
    one.add_argument("--out", type=Path, required=True, help="folder of the profile; schema.json is written there")
    two = commands.add_parser("learn", help="learn from histories what is always sent")
    two.add_argument("histories", type=Path, nargs="+", help="folders of .jsonl files, or such files")
    two.add_argument("--out", type=Path, required=True, help="folder of the profile, where schema.json is")
    three = commands.add_parser("check", help="validate histories")
    three.add_argument("histories", type=Path, nargs="+", help="folders of .jsonl files, or such files")
    three.add_argument("--profile", default="0.163.0", help="version of the profile")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "derive":
            return _derive(chosen.binary, chosen.out)
        if chosen.command == "learn":
            return _learn(chosen.histories, chosen.out)
        return _check(chosen.histories, chosen.profile)
    except (SchemaError, LookupError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _derive(binary: Path, out: Path) -> int:
    data = canonical(generate(binary, binary_digest(binary)))
    document = SchemaDocument.from_json(data)
    (out / "schema.json").write_bytes(data + b"\n")
    sys.stdout.write(f"{len(data)} bytes, {len(document.definitions)} definitions, digest {document.digest}\n")
    return 0


def _learn(histories: list[Path], out: Path) -> int:
    document = SchemaDocument.read(out / "schema.json")
    learner = Learner(document)
    learner.feed(recorded(_files(histories)))
    table = learner.table()
    origin = {"version": document.origin["version"], "messages": learner.messages}
    lines = [f'  "{name}": {_compact(keys)}' for name, keys in table.items()]
    text = (
        f'{{"turnproof_always_sent": 1, "origin": {_compact(origin)}, "always_sent": {{\n'
        + ",\n".join(lines)
        + "\n}}\n"
    )
    (out / "always_sent.json").write_text(text, encoding="utf-8")
    sys.stdout.write(
        f"{sum(map(len, table.values()))} keys of {len(table)} definitions, from {learner.messages} messages\n"
    )
    return 0


def _check(histories: list[Path], version: str) -> int:
    profile = profiles.load(version)
    schema = Schema.of(profile)
    messages = 0
    found: Counter[str] = Counter()
    for one in recorded(_files(histories)):
        messages += 1
        finding = schema.validate(one.message, one.direction, one.answers)
        problems = envelope_problems(one.message, profile) if one.direction == "to_client" else []
        for text in ([str(finding)] if finding else []) + problems:
            found[f"{one.direction}: {text}"] += 1
            sys.stdout.write(f"{one.source} {one.direction} {text}\n")
    sys.stdout.write(f"{messages} messages, {sum(found.values())} findings of {len(found)} kinds\n")
    return 1 if found else 0


def _files(histories: list[Path]) -> list[Path]:
    files = [file for path in histories for file in (sorted(path.rglob("*.jsonl")) if path.is_dir() else [path])]
    if not files:
        raise ValueError(f"no .jsonl files in {', '.join(map(str, histories))}")
    return files


def _compact(value: object) -> str:
    return canonical({"": value}).decode()[4:-1]


if __name__ == "__main__":
    sys.exit(main())
