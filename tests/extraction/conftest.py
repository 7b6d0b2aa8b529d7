"""Videos, a stand-in for AlphaPose, and lifters for the tests of the extraction."""

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.keypoint_files import draw_person

STAND_IN = '''
"""Behaves as AlphaPose's command line does: docs/run.md of MVIG-SJTU/AlphaPose."""
import argparse
import json
import pathlib
import shutil
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--cfg", required=True)
parser.add_argument("--checkpoint", required=True)
parser.add_argument("--video", required=True)
parser.add_argument("--outdir", required=True)
parser.add_argument("--pose_track", action="store_true")
args = parser.parse_args()
for file in (args.cfg, args.checkpoint, args.video):
    if not pathlib.Path(file).is_file():
        sys.exit(f"no file {file}")
root = pathlib.Path(__file__).parents[1]
plan = json.loads((root / "plan.json").read_text())
with (root / "calls.txt").open("a") as calls:
    calls.write(pathlib.Path(args.video).name + (" tracked" if args.pose_track else "") + "\\n")
print("Loading pose model from", args.checkpoint)
if plan.get("fails"):
    sys.exit("RuntimeError: CUDA out of memory")
count = plan["frames"]
for frame in range(count):
    print(f"\\r{frame + 1}/{count} [00:01<00:00, 30.0it/s]", end="", file=sys.stderr)
out = pathlib.Path(args.outdir)
if "copy" in plan:
    shutil.copy(plan["copy"], out / "alphapose-results.json")
else:
    (out / plan.get("file", "alphapose-results.json")).write_text(json.dumps(plan["results"]))
'''


def write_video(
    file: Path,
    *,
    num_frames: int = 12,
    size: tuple[int, int] = (64, 48),
    fps: float = 25.0,
    rotation: int = 0,
    ticks: Sequence[int] | None = None,
    **options: str,
) -> Path:
    """Writes a gray video whose stored image is white in its upper left corner, and is lighter from
    frame to frame."""
    av = pytest.importorskip("av")
    width, height = size
    file.parent.mkdir(parents=True, exist_ok=True)
    with av.open(file, "w", options=options) as container:
        rate = Fraction(fps).limit_denominator(1001)
        stream = container.add_stream("mpeg4", rate=rate, width=width, height=height)
        stream.pix_fmt = "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(num_frames):
            pixels = np.full((height, width, 3), 40 + 8 * (number % 16), dtype=np.uint8)
            pixels[: height // 3, : width // 3] = 255
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if ticks is not None:  # when it is shown, in frame periods
                frame.pts, frame.time_base = ticks[number], 1 / rate
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return file


def list_results(positions: np.ndarray, *, skip: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    """AlphaPose's default form, without the frames that are skipped."""
    return [
        {
            "image_id": f"{frame}.jpg",
            "category_id": 1,
            "keypoints": [value for x, y in pose.tolist() for value in (x, y, 0.9)],
            "score": 2.9,
            "box": [0, 0, 9, 9],
            "idx": [0.0],
        }
        for frame, pose in enumerate(positions)
        if frame not in skip
    ]


class Checkout:
    """A stand-in for a checkout of AlphaPose."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in {
            "scripts/demo_inference.py": STAND_IN,
            "configs/coco/resnet/256x192_res50_lr1e-3_1x.yaml": "DATASET: coco\n",
            "pretrained_models/fast_res50_256x192.pth": "weights\n",
        }.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.plan(frames=12, results=list_results(draw_person()))

    def plan(self, **what: Any) -> None:
        """What the program does when it is called."""
        (self.root / "plan.json").write_text(json.dumps({"frames": 12, **what}))

    @property
    def calls(self) -> list[str]:
        """Videos that it was called with."""
        file = self.root / "calls.txt"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "AlphaPose")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "clip.mp4")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is remembered from another test, and no checkout of the user's is found."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SKELGRAPH_CACHE", str(folder))
    monkeypatch.delenv("ALPHAPOSE_ROOT", raising=False)
    return folder


@pytest.fixture
def make_video() -> Callable[..., Path]:
    return write_video
