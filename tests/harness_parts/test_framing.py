"""TRN-09: where a line ends is in the stream, not in how it came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from turnproof.framing import LineFramer

BYTES = st.lists(
    st.sampled_from([b"\n", b"\r\n", b"\n\n", b"{}", "é\u2028\x85\f😀".encode(), b"\0", b"abc"]), max_size=40
)


@given(BYTES.map(b"".join) | st.binary(max_size=300), st.data())
def test_any_split_gives_the_lines_of_the_whole(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole = LineFramer()
    expected = whole.feed(stream)
    split = LineFramer()
    assert [line for piece in pieces for line in split.feed(piece)] == expected
    assert split.rest() == whole.rest()
    assert b"".join(line + b"\n" for line in expected) + whole.rest() == stream


@given(st.binary(max_size=200))
def test_byte_by_byte(stream: bytes) -> None:
    framer = LineFramer()
    lines = [line for byte in stream for line in framer.feed(bytes([byte]))]
    assert [*lines, framer.rest()] == stream.split(b"\n")


def test_only_line_feed_ends_a_line() -> None:
    framer = LineFramer()
    text = "a\rb\u2028c\x85d\x0be\x0cf\r".encode()
    assert framer.feed(text + b"\n") == [text]
    assert framer.rest() == b""


def test_the_tail_stays_until_it_is_ended() -> None:
    framer = LineFramer()
    assert framer.feed(b"one\ntw") == [b"one"]
    assert framer.feed(b"") == []
    assert framer.rest() == b"tw"
    assert framer.feed(b"o\n\nthree") == [b"two", b""]
    assert framer.rest() == b"three"


def test_16_mib_in_one_line() -> None:
    framer = LineFramer()
    chunk = bytes(range(11, 75)) * 1024
    for _ in range(256):
        assert framer.feed(chunk) == []
    assert framer.feed(b"\nnext\n") == [chunk * 256, b"next"]
