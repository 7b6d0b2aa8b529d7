import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from skelgraph.io import write_npz
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence

MakeSequence = Callable[..., PoseSequence]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("SKELGRAPH_CACHE", str(folder))
    return folder


@pytest.fixture
def make_sequence() -> MakeSequence:
    """Makes a sequence of random positions, a share of whose joints is missing."""

    def make(
        num_frames: int = 5,
        *,
        layout: JointLayout = UPPER10,
        missing: float = 0.0,
        dimensions: int = 3,
        seed: int = 0,
        name: str = "clip",
        label: str | None = None,
        recording: str | None = None,
    ) -> PoseSequence:
        generator = np.random.default_rng(seed)
        positions = generator.normal(size=(num_frames, layout.num_joints, dimensions))
        positions[generator.random(positions.shape[:2]) < missing] = np.nan
        return PoseSequence(
            positions=positions,
            layout=layout,
            fps=30.0,
            unit="m",
            name=name,
            label=label,
            recording=recording,
        )

    return make


@pytest.fixture
def write_clips(make_sequence: MakeSequence) -> Callable[[Path, list[str]], None]:
    """Writes a clip of its own to each of some npz files below a folder."""

    def write(root: Path, files: list[str]) -> None:
        for seed, file in enumerate(files):
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            write_npz(root / file, make_sequence(seed=seed, name=Path(file).stem))

    return write


_JUNK = b"\x00\x05\x16\x07\xff[0.0 - 1.0]\tSes01F_impro01_F000\tang\t"

_LABELS = """% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
C-E2:\tNeutral;\t()
C-F1:\tAnger;\t()
A-E3:\tval 3; act 2; dom  2;\t()

[7.9000 - 9.4000]\tSes01F_impro01_M000\tang\t[1.5000, 4.5000, 2.5000]
C-E2:\tAnger;\t()

[1.0000 - 2.0000]\tSes01F_impro01_F001\texc\t[4.5000, 4.5000, 2.5000]
C-E2:\tExcited;\t()

[3.0000 - 4.0000]\tSes01F_impro01_M001\txxx\t[2.0000, 2.5000, 2.5000]

[10.0000 - 11.0000]\tSes01F_impro01_F002\thap\t[4.5000, 3.5000, 2.5000]

[11.0000 - 12.5000]\tSes01F_impro01_M002\tsad\t[1.5000, 1.5000, 2.5000]
"""

_TRANSCRIPT = """Ses01F_impro01_F000 [006.2901-008.2357]: Excuse me.
M: sorry
Ses01F_impro01_FXX0 [005.0000-005.5000]: Mm-hmm.
Ses01F_impro01_M000 [007.9000-009.4000]: Listen: go to the café. Now: go.
Ses01F_impro01_F001 [001.0000-002.0000]: Great!
Ses01F_impro01_M001 [003.0000-004.0000]: What?
Ses01F_impro01_F002 [010.0000-011.0000]: Yes.
"""

_NAMES = ("F000", "M000", "F001", "F002", "M002")
"""The utterances of the four classes, in the order of the label file."""


def _write_release(root: Path, dialogs: Sequence[str] = ("Ses01F_impro01",)) -> Path:
    for dialog in dialogs:
        folder = root / f"Session{int(dialog[3:5])}"
        labels = _LABELS.replace("Ses01F_impro01", dialog)
        for place, text in (
            ("dialog/EmoEvaluation", labels),
            ("dialog/transcriptions", _TRANSCRIPT.replace("Ses01F_impro01", dialog)),
            ("dialog/EmoEvaluation/Categorical", labels.replace("ang", "hap")),
            ("dialog/EmoEvaluation/Self-evaluation", labels.replace("ang", "hap")),
        ):
            (folder / place).mkdir(parents=True, exist_ok=True)
            (folder / place / f"{dialog}.txt").write_bytes(text.encode("latin-1"))
            (folder / place / f"._{dialog}.txt").write_bytes(_JUNK)
        sounds = folder / "sentences" / "wav" / dialog
        sounds.mkdir(parents=True)
        for name in (*_NAMES, "M001", "FXX0"):
            samples = np.full(1600, sum(map(ord, name)), dtype=np.int16)
            wavfile.write(sounds / f"{dialog}_{name}.wav", 16000, samples)
        (sounds / f"._{dialog}_F000.wav").write_bytes(_JUNK)
    return root


def _write_people(path: Path, people: Sequence[tuple[float, Sequence[int]]]) -> None:
    entries = []
    for column, frames in people:
        shape = np.array([[np.cos(n), 2.0 + np.sin(n)] for n in range(17)]) * 30.0
        shape[:, 0] -= shape[1:, 0].mean()
        for frame in frames:
            points = shape + np.array([column, 200.0])
            points[0, 1] = frame / 100
            triples = np.concatenate([points, np.full((17, 1), 0.9)], axis=1)
            entries.append(
                {
                    "image_id": f"{frame}.jpg",
                    "category_id": 1,
                    "keypoints": triples.ravel().tolist(),
                    "score": 2.9,
                }
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries))


@pytest.fixture
def utterance_names() -> tuple[str, ...]:
    """What the names of the utterances of ``write_release`` that are of the four classes end in."""
    return _NAMES


@pytest.fixture
def write_release() -> Callable[..., Path]:
    """Writes an IEMOCAP release with the oddities of the real one; all dialogs say the same."""
    return _write_release


@pytest.fixture
def write_people() -> Callable[..., None]:
    """Writes AlphaPose's results: of each person the middle column, and the frames.

    The first keypoint's row is the number of the frame divided by 100.
    """
    return _write_people
