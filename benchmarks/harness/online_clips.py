"""Clips cleaned and encoded frame by frame, and as training does it, to compare the two."""

from typing import NamedTuple

import numpy as np
import torch

from skelgraph.config import Channels, Stream, StreamSettings
from skelgraph.data import MotionClip
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.streaming import (
    CleanerState,
    CleanFrame,
    NormalizerState,
    OnlineCleaner,
    OnlineNormalizer,
    OnlineStream,
    StreamState,
)
from skelgraph.training import make_stream
from skelgraph.typing import BoolArray, Float32Array, FloatArray


class EncodedClip(NamedTuple):
    """Channels (T, C, V) and mask (T, V) of the frames of some numbers."""

    numbers: list[int]
    x: Float32Array
    mask: BoolArray


def clean_online(
    sequence: PoseSequence, preprocessing: Preprocessing, times: FloatArray | None = None
) -> tuple[OnlineCleaner, list[CleanFrame]]:
    """Return a recording cleaned frame by frame."""
    cleaner = OnlineCleaner(
        preprocessing,
        source_layout=sequence.layout,
        unit=sequence.unit,
        source_fps=sequence.fps,
    )
    state, frames = CleanerState(), []
    times = np.arange(sequence.num_frames) / sequence.fps if times is None else times
    for number, time_s in enumerate(times):
        confidence = None if sequence.confidence is None else sequence.confidence[number]
        frames += cleaner.push(state, float(time_s), sequence.positions[number], confidence)
    return cleaner, frames


def encode_online(
    sequence: PoseSequence,
    preprocessing: Preprocessing,
    stream: Stream,
    *,
    mirrored: bool = False,
    with_confidence: bool = False,
    joint_identity: bool = False,
) -> EncodedClip:
    """Return a recording cleaned, normalized and encoded frame by frame."""
    cleaner, frames = clean_online(sequence, preprocessing)
    normalizer = OnlineNormalizer(
        preprocessing,
        layout=cleaner.layout,
        unit=cleaner.unit,
        num_dimensions=sequence.num_dimensions,
        up=sequence.up,
        fps=cleaner.fps,
    )
    encoder = OnlineStream(
        stream,
        cleaner.layout,
        num_dimensions=sequence.num_dimensions,
        fps=cleaner.fps,
        with_confidence=with_confidence,
        joint_identity=joint_identity,
        mirrored=(mirrored,),
    )
    normal_state, stream_state, encoded = NormalizerState(), StreamState(), []
    for frame in frames:
        positions, view = normalizer.push(normal_state, frame.positions)
        encoded += encoder.push(stream_state, positions, frame.confidence, view)
    return EncodedClip(
        [one.number for one in encoded],
        np.stack([one.x[0] for one in encoded]),
        np.stack([one.mask[0] for one in encoded]),
    )


def encode_offline(
    sequence: PoseSequence,
    preprocessing: Preprocessing,
    stream: Stream,
    *,
    mirrored: bool = False,
    with_confidence: bool = False,
    joint_identity: bool = False,
) -> EncodedClip:
    """Return what training makes of a recording."""
    clip = preprocessing.apply(sequence)
    channels: Channels = "xyc" if with_confidence else "xyz"
    encoding = StreamSettings(joint_identity=joint_identity)
    transform = make_stream(stream, encoding, clip.layout, channels, mirrored=mirrored)
    done = transform(MotionClip.from_sequence(clip, with_confidence=with_confidence))
    x = torch.where(done.present[..., None], done.positions, 0).permute(0, 2, 1)
    step = round(clip.fps / done.fps)
    return EncodedClip(
        [step * number for number in range(done.num_frames)], x.numpy(), done.present.numpy()
    )
