"""The data of a lifter: recordings in space, filmed by virtual cameras."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from skelgraph.config import DataSettings, FilmingSettings, SplitSettings
from skelgraph.data import ClipSet, Progress, derive_seed, name_a_few
from skelgraph.errors import DatasetError
from skelgraph.evaluation import Split
from skelgraph.layouts import UPPER10
from skelgraph.lifting.detected_body import (
    exchange_arms,
    knows_nose,
    place_keypoints,
    prepare_body,
    vary_posture,
    vary_proportions,
)
from skelgraph.lifting.detector_noise import DetectorNoise, add_detector_noise
from skelgraph.lifting.keypoint_lifter import LIFTER_KEYPOINTS, normalize_keypoints
from skelgraph.lifting.virtual_camera import draw_camera, find_middle, project_sequence
from skelgraph.poses import PoseSequence, fill_gaps, low_pass, resample
from skelgraph.training import read_clips, split_clips
from skelgraph.typing import Float32Array

_ANY_LABEL = "recording"
"""Labels do not matter: recordings need none, and a split need not balance them."""
_FEWEST = 3
_TESTED = 2
"""Tells the cameras of validation and test from those of the training."""
_LARGEST_NOISE = 1.5
_NOISY, _FILTERED = 0.5, 0.5
_HIDDEN_HIPS, _HIDDEN_NOSE = 0.15, 0.05
_HIPS, _NOSE, _SHOULDERS = (
    [LIFTER_KEYPOINTS.index(name) for name in names]
    for names in (("left_hip", "right_hip"), ("nose",), ("left_shoulder", "right_shoulder"))
)


@dataclass(frozen=True, kw_only=True, eq=False)
class LifterRecordings:
    """Recordings in space, and the body (:func:`skelgraph.lifting.prepare_body`) of each.

    All bodies have one sampling rate. ``has_nose`` tells whether the layout of a clip has a nose.
    """

    clips: ClipSet
    bodies: tuple[PoseSequence, ...]
    has_nose: tuple[bool, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class LifterData(LifterRecordings):
    """Recordings in space and their split."""

    split: Split


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """A clip filmed by a camera.

    Args:
        image: The keypoints in the image.
        target: True joints (T, 10, 3) in meters relative to the root joint, in the space of the
            camera turned to the person; NaN if one is missing.
    """

    image: PoseSequence
    target: Float32Array

    def to_tensors(self) -> tuple[Tensor, Tensor]:
        """Return the input of the network (T, 9, 3) and its target (T, 10, 3)."""
        return torch.from_numpy(normalize_keypoints(self.image)), torch.from_numpy(self.target)


def prepare_lifter_data(
    settings: DataSettings,
    split: SplitSettings,
    *,
    fps: float,
    seed: int,
    progress: Progress | None = None,
) -> LifterData:
    """Read, split and clean the recordings that the settings name, resampled to a frame rate.

    Raises:
        SkelgraphError: If they cannot be read, split or converted, or are not in space.
    """
    recordings = read_recordings(settings, fps=fps, seed=seed, progress=progress)
    clips = recordings.clips
    if len(clips) < _FEWEST:
        raise DatasetError(
            f"a lifter needs {_FEWEST} recordings or more, to train, to validate and to test, but "
            f"{clips.name} has {len(clips)}; cut a long one in parts"
        )
    labels = [_ANY_LABEL] * len(clips)
    return LifterData(
        clips=clips,
        bodies=recordings.bodies,
        has_nose=recordings.has_nose,
        split=split_clips(clips, split, seed=seed, labels=labels),
    )


def read_recordings(
    settings: DataSettings, *, fps: float, seed: int, progress: Progress | None = None
) -> LifterRecordings:
    """Read and clean the recordings that the settings name.

    Raises:
        SkelgraphError: If they cannot be read or converted, or are not in space.
    """
    clips = read_clips(settings, fps=fps, seed=seed, unlabeled=_ANY_LABEL, progress=progress)
    flat = [clip.name for clip in clips.sequences if clip.num_dimensions != 3]
    if flat:
        raise DatasetError(
            f"a lifter is trained and tested on recordings in space, but {len(flat)} of "
            f"{len(clips)} clips are in 2D ({name_a_few(flat)}); leave them out"
        )
    return LifterRecordings(
        clips=clips,
        bodies=tuple(resample(prepare_body(clip), fps) for clip in clips.sequences),
        has_nose=tuple(knows_nose(clip.layout) for clip in clips.sequences),
    )


def seed_camera(seed: int, camera: int, clip: int) -> np.random.Generator:
    """Return the generator of a camera of validation and test."""
    return np.random.default_rng(derive_seed(seed, _TESTED, camera, clip))


def film_clip(data: LifterRecordings, clip: int, generator: np.random.Generator) -> View:
    """Film a clip with a random camera and without errors, for validation and test."""
    body = data.bodies[clip]
    keypoints = place_keypoints(body, has_nose=data.has_nose[clip])
    return _film(body, keypoints, generator)


def film_for_training(
    data: LifterData, clip: int, epoch: int, settings: FilmingSettings, *, seed: int
) -> View:
    """Film a clip with a random camera and a simulated pose estimator, anew in each epoch.

    In most clips the arms move as in another training clip. Bone lengths and posture are varied,
    and keypoints are offset from the joints. Half of the clips get the errors of an estimator, and
    hips or nose are hidden in some of them; half of these are filtered.
    """
    generator = np.random.default_rng(derive_seed(seed, epoch, clip))
    body = data.bodies[clip]
    if generator.random() < settings.exchange:
        lender = data.bodies[int(generator.choice(data.split.train))]
        body = exchange_arms(body, lender, int(generator.integers(lender.num_frames)))
    body = vary_posture(
        vary_proportions(body, generator, settings.proportions),
        generator,
        lean_deg=settings.lean_deg,
        arms_deg=settings.arms_deg,
    )
    keypoints = place_keypoints(
        body, generator if settings.offsets else None, has_nose=data.has_nose[clip]
    )
    view = _film(body, keypoints, generator)
    noisy, filtered, hips, nose = generator.random(4)
    image = view.image
    if settings.noise and noisy < _NOISY:
        image = add_detector_noise(image, generator, _scale_noise(generator))
        if filtered < _FILTERED:
            image = filter_keypoints(image, settings.cutoff_hz)
        hidden = [*(_HIPS if hips < _HIDDEN_HIPS else ()), *(_NOSE if nose < _HIDDEN_NOSE else ())]
        positions = image.positions.copy()
        positions[:, hidden] = np.nan
        image = replace(image, positions=positions)
        if not image.present[:, _SHOULDERS].all(axis=1).any():
            return view  # a clip of few frames that lost a shoulder in all
    return replace(view, image=image)


def filter_keypoints(image: PoseSequence, cutoff_hz: float) -> PoseSequence:
    """Fill the gaps of keypoints and filter them, as is done before lifting."""
    return low_pass(fill_gaps(image), cutoff_hz=cutoff_hz)


def _film(body: PoseSequence, keypoints: PoseSequence, generator: np.random.Generator) -> View:
    middle = find_middle(keypoints)
    camera = draw_camera(generator, middle)
    joints = camera.turned_to(middle).to_camera(body.positions[:, : UPPER10.num_joints])
    return View(
        image=project_sequence(keypoints, camera),
        target=(joints - joints[:, :1]).astype(np.float32),
    )


def _scale_noise(generator: np.random.Generator) -> DetectorNoise:
    """Draw the noise of a pose estimator, mostly less than the default.

    A network trained with large noise alone takes small movements for noise.
    """
    usual, factor = DetectorNoise(), _LARGEST_NOISE * float(generator.random()) ** 2
    return replace(usual, jitter=factor * usual.jitter, drift=factor * usual.drift)
