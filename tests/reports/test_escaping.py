"""What no XML, terminal or parser can carry is visible; everything else is untouched."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnproof_reports.escaping import HEAD, TAIL, capped, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x00\x08\x0b\r\x7f", r"\x00\x08\x0b\x0d\x7f"),
        ("\x85\x9b", r"\x85\x9b"),
        ("\ufffe\uffff", r"\ufffe\uffff"),
        ("\ud800x\udfff", r"\ud800x\udfff"),
        ("tab\tand\nnewline, ü, 𝄞 \u2028 \ufffd", "tab\tand\nnewline, ü, 𝄞 \u2028 \ufffd"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(codec=None)))
def test_a_parser_reads_back_what_was_written(text: str) -> None:
    element = ET.Element("x")
    element.text = shown = visible(text)
    assert (ET.fromstring(ET.tostring(element, encoding="utf-8")).text or "") == shown
    assert visible(shown) == shown


def test_a_long_text_keeps_head_and_tail_and_says_where_the_rest_is() -> None:
    text = "a" * HEAD + "b" * 100_000 + "c" * TAIL
    short = capped(text, "out/history.jsonl")
    assert short == f"{'a' * HEAD}\n… 100000 characters left out; all of it: out/history.jsonl …\n{'c' * TAIL}"
    assert capped("x" * (HEAD + TAIL)) == "x" * (HEAD + TAIL)


def test_one_line_is_one_bounded_line() -> None:
    assert one_line("a\n  b\t\x1bc") == r"a b \x1bc"
    assert len(one_line("x" * 1000)) == 300
