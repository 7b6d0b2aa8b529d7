"""Pickles are read as data: whatever numpy and Python write, and nothing that could be executed."""

import io
import mmap
import os
import pickle
import pickletools
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io.plain_pickle import parse_pickle
from skelgraph.io.pyskl_writer import format_pickle

PATH = Path("clips.pkl")
VALUES = {
    "number": 3,
    "large": -(2**70),
    "float": 0.25,
    "text": "Grüße",
    "bytes": b"\0\xff" * 200,
    "none": None,
    "true": True,
    "false": False,
    "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "nested": [[], {}, [{"a": []}]],
}
ARRAYS = {
    "halves": np.arange(6, dtype=np.float16).reshape(1, 2, 3),
    "big endian": np.arange(4, dtype=">f4"),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "empty": np.zeros((0, 3)),
    "no axes": np.array(7),
    "texts": np.array(["a", "bcd"]),
    "objects": np.array([None, "x", {"a": 1}], dtype=object),
    "sliced": np.arange(10)[::2],
}


def assert_same(got: Any, expected: Any) -> None:
    assert type(got) is type(expected) or isinstance(expected, np.generic)
    if isinstance(expected, dict):
        assert got.keys() == expected.keys()
        for key in expected:
            assert_same(got[key], expected[key])
    elif isinstance(expected, np.ndarray):
        assert got.dtype == expected.dtype
        assert got.shape == expected.shape
        assert got.tolist() == expected.tolist()
    else:
        assert got == expected


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_python_writes(protocol: int) -> None:
    shared = np.arange(3)
    value = {**VALUES, **ARRAYS, "twice": [shared, shared], "scalar": np.float32(0.5)}
    got = parse_pickle(pickle.dumps(value, protocol=protocol), PATH)
    for key in (*VALUES, *ARRAYS):
        assert_same(got[key], value[key])
    assert got["twice"][0] is got["twice"][1]
    assert got["scalar"] == 0.5


def test_the_names_of_numpy_1() -> None:
    content = pickle.dumps(ARRAYS["halves"], protocol=2)
    old = content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert old != content
    assert_same(parse_pickle(old, PATH), ARRAYS["halves"])


def test_the_texts_of_python_2() -> None:
    """An array whose bytes are a text, and whose names are texts of bytes."""
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntRp0\n"
    kind = b"cnumpy\ndtype\n(S'u1'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntb"
    content = array + b"(I1\n(I2\nt" + kind + b"I00\nS'\\x07\\x08'\ntb."
    assert (
        parse_pickle(content, PATH).tolist()
        == [7, 8]
        == pickle.loads(content, encoding="latin1").tolist()
    )


def test_a_byte_order_that_two_arrays_share_is_theirs_alone() -> None:
    value = [np.arange(3, dtype=">i4"), np.arange(3, dtype="<i4"), np.arange(2, dtype=">i4")]
    for got, expected in zip(parse_pickle(pickle.dumps(value), PATH), value, strict=True):
        assert_same(got, expected)


class Call:
    """A pickle of it calls a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> Any:
        return self.reduced


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_called(tmp_path: Path, protocol: int) -> None:
    mark = tmp_path / "was_here"
    content = pickle.dumps([Call(os.system, f"touch {mark}")], protocol=protocol)
    with pytest.raises(FormatError, match=r"clips\.pkl: .* holds (posix|nt)\.system, which is not"):
        parse_pickle(content, PATH)
    assert not mark.exists()
    pickle.loads(content)
    assert mark.exists()  # it would have worked


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Call(eval, "1"), "eval"),
        (Call(getattr, "", "join"), "getattr"),
        (Call(np.load, "x.npy"), "numpy.load"),
        (OrderedDict(a=1), "collections.OrderedDict"),
        (Path("x"), "pathlib"),
        (np.random.default_rng(0), "numpy.random"),
        ({1, 2}, "instruction EMPTY_SET"),
        (1j, "complex"),
    ],
)
def test_other_names_are_refused(value: object, name: str) -> None:
    with pytest.raises(FormatError, match=name):
        parse_pickle(pickle.dumps(value), PATH)


def array_pickle(shape: str, data: bytes, dtype: str = "f8") -> bytes:
    """An array that claims a shape."""
    start = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R"
    kind = b"cnumpy\ndtype\n" + f"U{chr(len(dtype))}{dtype}".encode("latin-1") + b"K\0K\1\x87R"
    state = b"(K\3U\1<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    body = b"\x89T" + struct.pack("<i", len(data)) + data
    return start + b"(K\1(" + shape.encode("latin-1") + b"t" + kind + state + body + b"tb."


def test_an_array_by_hand() -> None:
    content = array_pickle("K\2", struct.pack("<2d", 1, 2))
    assert parse_pickle(content, PATH).tolist() == [1, 2]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\4",
        b"N",  # no end
        b"h\7.",  # nothing there in the memo
        b"0.",
        b"t.",
        b"\x86.",
        b"}NK\1s.",  # None as key
        b"})K\1s.",
        b"\x8c\5abc.",
        b"C\5abc.",
        b"J\1\1.",
        b"G\1\1.",
        b"M\1",
        b"}]Ns.",
        b"Na.",
        b"K\1Na.",
        b"(N)K\1R.",
        b"NNR.",
        b"]Nb.",
        b"X\xff\xff\xff\x7fab.",  # a text of 2 GiB
        b"B\xff\xff\xff\xff.",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
        b"\x8b\xff\xff\xff\x7f.",
        b"I" + b"9" * 5000 + b"\n.",
        array_pickle("J\xff\xff\xff\x7f" * 3, b"12345678"),  # 64 GiB and more
        array_pickle("J\xff\xff\xff\xff", b"12345678"),  # a shape of -1
        array_pickle("K\1" * 40, b"12345678"),
        array_pickle("U\1a", b"12345678"),
        array_pickle("K\2", b"12345678"),
        array_pickle("K\1", b"12345678", "O8"),
        array_pickle("K\1", b"12345678", "f8,f8"),
        array_pickle("K\1", b"12345678", "V8"),
        array_pickle("K\1", b"12345678", "M8"),
        b"c_codecs\nencode\nX\1\0\0\0aX\5\0\0\0rot13\x86R.",
    ],
)
def test_damage_is_an_error_and_takes_no_memory(content: bytes) -> None:
    with pytest.raises(FormatError, match=r"clips\.pkl: expected a pickle"):
        parse_pickle(content, PATH)


def test_numbers_as_keys_of_small_dictionaries() -> None:
    value = {"valid": {0.5: 3, 1: 4, "x": 5}}
    assert parse_pickle(pickle.dumps(value), PATH) == value
    many = dict.fromkeys(range(256))
    assert parse_pickle(pickle.dumps(many), PATH) == many
    with pytest.raises(FormatError, match="a dictionary has more than 256 numbers"):
        parse_pickle(pickle.dumps(dict.fromkeys(range(257))), PATH)


def test_arrays_of_a_mapped_file_are_views_of_it(tmp_path: Path) -> None:
    value = {"long": np.arange(1000.0), "short": np.arange(3.0), "text": "a" * 1000}
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        path = tmp_path / f"{protocol}.pkl"
        path.write_bytes(pickle.dumps(value, protocol=protocol))
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        got = parse_pickle(mapped, path)
        for key in ("long", "short"):
            assert_same(got[key], value[key])
        assert got["text"] == value["text"]
        begin = np.frombuffer(mapped, np.uint8).ctypes.data
        is_view = 0 <= got["long"].ctypes.data - begin < len(mapped)
        assert is_view == (protocol > 2)


def test_a_far_place_in_the_memo_takes_no_memory() -> None:
    assert parse_pickle(b"K\7r\xff\xff\xff\xff0j\xff\xff\xff\xff.", PATH) == 7


def test_what_is_written_reads_back_and_python_reads_it() -> None:
    shared = np.arange(3)
    value = {**VALUES, **ARRAYS, "twice": [shared, shared], "scalar": np.float32(0.5)}
    content = format_pickle(value)
    names = {name for opcode, name, _ in pickletools.genops(content) if opcode.name == "GLOBAL"}
    assert names == {
        *("numpy ndarray", "numpy dtype"),
        *("numpy.core.multiarray _reconstruct", "numpy.core.multiarray scalar"),
    }
    for got in (parse_pickle(content, PATH), pickle.load(io.BytesIO(content))):
        for key in VALUES:
            assert_same(got[key], value[key])
        for key in ARRAYS:  # numpy itself gives arrays in the machine's byte order
            assert_same(got[key].astype(ARRAYS[key].dtype), ARRAYS[key])
        assert got["twice"][0] is got["twice"][1]
        assert got["scalar"] == 0.5
    assert pickle.loads(content)["halves"].flags.writeable


def test_only_names_are_replaced() -> None:
    """What looks like a name within a text or an array stays."""
    text = "cnumpy._core.multiarray\n_reconstruct\n"
    value = {"text": text, "array": np.frombuffer(text.encode(), dtype=np.uint8)}
    got = pickle.loads(format_pickle(value))
    assert got["text"] == text
    assert got["array"].tobytes() == text.encode()


@pytest.mark.parametrize("value", [{1}, 1j, Path("x"), {"a": object()}, np.load])
def test_what_is_not_plain_is_not_written(value: object) -> None:
    with pytest.raises(TypeError, match="expected plain values and arrays, but got"):
        format_pickle(value)
