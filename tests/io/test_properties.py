"""What holds of any motion and any content, as hypothesis thinks them up."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.sample_files import SAMPLES
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from skelgraph.errors import SkelgraphError
from skelgraph.io import (
    READERS,
    read_csv,
    read_json_form,
    read_npz,
    read_pyskl,
    write_csv,
    write_json,
    write_npz,
    write_pyskl,
)
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.poses import PoseSequence

pytestmark = pytest.mark.filterwarnings("ignore::skelgraph.errors.FormatWarning")

FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
ARM = JointLayout.from_parents(
    "my arm",
    {"Schulter": None, "elbow": "Schulter", "hand é": "elbow"},
    pairs=[("elbow", "hand é")],
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="#\0"), min_size=1).filter(
    lambda text: not text.endswith("\0")
)
COORDINATES = st.floats(-1e6, 1e6, width=32).filter(lambda number: number != 0)


@st.composite
def sequences(draw: st.DrawFn) -> PoseSequence:
    layout = draw(st.sampled_from([ARM, UPPER10, COCO17]))
    shape = (draw(st.integers(2, 4)), layout.num_joints)
    C = draw(st.sampled_from([2, 3]))
    positions = draw(arrays.arrays(np.float32, (*shape, C), elements=COORDINATES))
    positions[draw(arrays.arrays(bool, shape))] = np.nan
    positions[0, 0] = 1  # somebody is there
    confidence = arrays.arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
    return PoseSequence(
        positions=positions,
        layout=layout,
        fps=draw(st.sampled_from([1.0, 25.0, 29.97, 120.0])),
        unit=draw(st.sampled_from(["m", "cm", "mm", "px", "unknown"])),
        up=draw(st.sampled_from(["+y", "-y", "+z"])),
        confidence=draw(st.none() | confidence),
        name=draw(TEXTS),
        label=draw(st.none() | TEXTS),
        subject=draw(st.none() | TEXTS),
        recording=draw(st.none() | TEXTS),
    )


def there_and_back(
    write: Callable[[Path, PoseSequence], None], read: Callable[..., Any], sequence: PoseSequence
) -> PoseSequence:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.any"
        write(path, sequence)
        back = read(path, layout=sequence.layout if read is read_csv else None)
    if isinstance(back, list):
        (back,) = back
    assert isinstance(back, PoseSequence)
    return back


@FEW
@given(sequences())
def test_one_motion_in_four_formats_reads_back_equal(sequence: PoseSequence) -> None:
    """Positions are equal to the last bit in all; CSV keeps no facts, PYSKL no confidence of a
    missing joint or in space."""
    backs = {
        "npz": there_and_back(write_npz, read_npz, sequence),
        "json": there_and_back(write_json, read_json_form, sequence),
        "pyskl": there_and_back(write_pyskl, read_pyskl, sequence),
        "csv": there_and_back(write_csv, read_csv, sequence),
    }
    for name, back in backs.items():
        np.testing.assert_array_equal(back.positions, sequence.positions, err_msg=name)
        assert back.layout == sequence.layout
        assert back.fps == pytest.approx(sequence.fps, rel=1e-6)
        if name != "csv":
            for field in ("fps", "unit", "up", "name", "label", "subject", "recording"):
                assert getattr(back, field) == getattr(sequence, field), (name, field)
        if name != "pyskl":
            np.testing.assert_array_equal(back.confidence, sequence.confidence, err_msg=name)
        elif sequence.num_dimensions == 2:
            seen = 1.0 if sequence.confidence is None else sequence.confidence
            np.testing.assert_array_equal(back.confidence, np.where(sequence.present, seen, 0))


class Contents(dict[str, bytes]):
    """The content of the sample of each format that is one file."""

    def __repr__(self) -> str:
        return "the samples"


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    found = Contents()
    for sample in SAMPLES.values():
        if sample.suffix:
            path = tmp_path_factory.mktemp("samples") / f"sample{sample.suffix}"
            sample.write(path, 3)
            found.setdefault(sample.format, path.read_bytes())
    return found


def check_refusal(error: SkelgraphError) -> None:
    assert "clip.any" in str(error)


def read_or_refuse(format_name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.any"
        path.write_bytes(content)
        for layout in (None, UPPER10):
            try:
                persons = READERS[format_name].read(path, layout=layout, fps=30)
            except SkelgraphError as error:
                check_refusal(error)
            else:
                assert all(isinstance(person, PoseSequence) for person in persons)
        head = content[:65536]
        assert {reader.sniff(path, head) for reader in READERS.values()} <= {True, False}


@pytest.mark.filterwarnings("ignore::skelgraph.errors.FormatWarning")
@pytest.mark.parametrize("name", READERS)
@FEW
@given(content=st.binary(max_size=200), kept=st.floats(0, 1))
@example(content=b"", kept=0.5)
@example(content=b"\x1c", kept=0)  # a blank among texts, and none among bytes
def test_a_sound_beginning_and_anything_after_it(
    contents: Contents, name: str, content: bytes, kept: float
) -> None:
    sound = contents.get(name, b"{")
    read_or_refuse(name, sound[: int(kept * len(sound))] + content)


NUMBERS = st.floats(allow_nan=True) | st.integers(-(10**30), 10**30)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "name", [name for name, reader in READERS.items() if ".json" in reader.suffixes]
)
@FEW
@given(data=st.data())
def test_any_value_at_any_place_of_json(contents: Contents, name: str, data: st.DataObject) -> None:
    document = json.loads(contents.get(name, b'{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}'))
    holder: Any = {"document": document}
    key: Any = "document"
    for _ in range(data.draw(st.integers(0, 5))):
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner:
            break
        places = list(inner) if isinstance(inner, dict) else range(len(inner))
        holder, key = inner, places[data.draw(st.integers(0, len(places) - 1))]
    holder[key] = data.draw(VALUES)
    read_or_refuse(name, json.dumps(document).encode())
