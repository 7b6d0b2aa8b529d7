"""Keypoints by AlphaPose: the user's own checkout, run as a program.

``python scripts/demo_inference.py --cfg C --checkpoint W --video F --outdir O`` writes
``O/alphapose-results.json`` (MVIG-SJTU/AlphaPose, docs/run.md), which our reader of its format
reads. AlphaPose is not for commercial use, is installed in an environment of its own, and is
therefore never imported.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, ClassVar

from skelgraph.data import Progress, remembered_fingerprint
from skelgraph.errors import ExtractionError, FormatError
from skelgraph.extraction.estimator import Estimate, pad_frames
from skelgraph.extraction.video import Video, describe_unevenness, probe_video
from skelgraph.io import cache_folder, read_alphapose

ALPHAPOSE_VARIABLE = "ALPHAPOSE_ROOT"
ALPHAPOSE_CONFIG = Path("configs/coco/resnet/256x192_res50_lr1e-3_1x.yaml")
ALPHAPOSE_CHECKPOINT = Path("pretrained_models/fast_res50_256x192.pth")

_PROGRAM = Path("scripts/demo_inference.py")
_RESULTS = "alphapose-results.json"
_TAIL_CHARACTERS = 600
_DONE = re.compile(r"(\d+)/(\d+) \[")
"""How the progress bar that AlphaPose prints begins: ``12/125 [00:01<...``."""


@dataclass(frozen=True, kw_only=True)
class AlphaPoseEstimator:
    """Run a checkout of AlphaPose on videos.

    Args:
        root: The checkout.
        config: The network's configuration, from the checkout or absolute.
        checkpoint: Its weights, from the checkout or absolute.
        python: The Python in which AlphaPose is installed.
        arguments: Further arguments of its command, such as ``--pose_track``.

    Raises:
        ExtractionError: If one of these files is not there.
    """

    root: Path
    config: Path = ALPHAPOSE_CONFIG
    checkpoint: Path = ALPHAPOSE_CHECKPOINT
    python: str = sys.executable
    arguments: tuple[str, ...] = ()

    name: ClassVar[str] = "alphapose"

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", self.root.expanduser().resolve())
        wanted = {_PROGRAM: "a checkout of AlphaPose (--alphapose)"}
        wanted[self.config] = "AlphaPose's configuration (--alphapose-config)"
        wanted[self.checkpoint] = "AlphaPose's weights (--alphapose-checkpoint)"
        for file, what in wanted.items():
            if not (self.root / file).is_file():
                raise ExtractionError(
                    f"{self.root}: expected {what} with {file}, but there is no such file"
                )
        if shutil.which(self.python) is None:
            raise ExtractionError(
                f"{self.python}: expected the Python in which AlphaPose is installed "
                f"(--alphapose-python), but there is no such program"
            )

    def settings(self) -> Mapping[str, object]:
        """Return a digest of program, configuration and weights, and the arguments."""
        files = [self.root / file for file in (_PROGRAM, self.config, self.checkpoint)]
        return {
            "files": remembered_fingerprint(self.root, files),
            "arguments": self.arguments,
        }

    def estimate(self, source: Path, *, progress: Progress | None = None) -> Estimate:
        """Find the persons in a video; each sequence has all of its frames.

        AlphaPose's results are deleted once they are read, and kept if they cannot be read.

        Raises:
            ExtractionError: If the video cannot be decoded, AlphaPose fails, its results are
                missing or not of this video, or nobody is in it.
            FormatError: If its results are of no known form.
        """
        video = probe_video(source)
        folder = _make_folder(source.stem)
        try:
            self._run(video, folder, progress)
            results = _find_results(folder, source)
        except BaseException:
            shutil.rmtree(folder)
            raise
        estimate = _read_results(results, video)
        shutil.rmtree(folder)
        return estimate

    def _run(self, video: Video, folder: Path, progress: Progress | None) -> None:
        command = [self.python, str(_PROGRAM), "--cfg", str(self.config)]
        command += ["--checkpoint", str(self.checkpoint), "--video", str(video.path.resolve())]
        command += ["--outdir", str(folder), *self.arguments]
        with subprocess.Popen(
            command,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        ) as process:
            try:
                tail = _follow(process.stdout, video.num_frames, progress)
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise ExtractionError(
                f"{video.path}: AlphaPose in {self.root} ended with code {process.returncode} "
                f"instead of 0; the end of what it printed: {tail or 'nothing'}"
            )


def _make_folder(name: str) -> Path:
    """Make a folder for AlphaPose's results in the cache.

    If the cache cannot be written to, it is among the temporary files.
    """
    scratch = cache_folder("alphapose")
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=scratch))
    except OSError:
        return Path(tempfile.mkdtemp(prefix=f"skelgraph-{name}-"))


def _follow(output: IO[bytes] | None, num_frames: int, progress: Progress | None) -> str:
    """Follow what a program prints until it ends, and return the last of it."""
    tail = ""
    if progress is not None:
        progress(0, num_frames)
    while output is not None and (piece := output.read1(4096)):  # type: ignore[attr-defined]
        tail = (tail + piece.decode(errors="replace"))[-4 * _TAIL_CHARACTERS :]
        counts = _DONE.findall(tail)
        if progress is not None and counts and int(counts[-1][1]) == num_frames:
            progress(min(int(counts[-1][0]), num_frames), num_frames)
    if progress is not None:
        progress(num_frames, num_frames)
    return tail.strip()[-_TAIL_CHARACTERS:]


def _find_results(folder: Path, source: Path) -> Path:
    results = folder / _RESULTS
    if not results.is_file():
        found = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
        raise ExtractionError(
            f"{source}: expected AlphaPose to write {_RESULTS}, but it wrote {found}; is it "
            f"another version of AlphaPose?"
        )
    if results.stat().st_size < 8 and results.read_bytes().split() in ([b"[]"], [b"{}"]):
        raise ExtractionError(f"{source}: expected a person, but AlphaPose found nobody")
    return results


def _read_results(results: Path, video: Video) -> Estimate:
    kept = f"{video.path}: what AlphaPose wrote is kept in {results}, but cannot be used"
    try:
        persons = read_alphapose(results, fps=video.fps)
    except FormatError as error:
        raise FormatError(
            f"{kept}: {error}; is it another version of AlphaPose? Its forms coco, cmu and open "
            f"are known"
        ) from error
    num_frames = max(person.num_frames for person in persons)
    if num_frames > video.num_frames:
        raise ExtractionError(
            f"{kept}: expected up to {video.num_frames} frames, but got {num_frames}; are these "
            f"results of this video?"
        )
    named = [replace(person, name=video.path.stem) for person in persons]
    return Estimate(
        persons=tuple(pad_frames(person, video.num_frames) for person in named),
        size_px=(video.width_px, video.height_px),
        notes=describe_unevenness(video),
    )
