from dataclasses import replace

import numpy as np
import pytest
import torch

from skelgraph.data import MotionClip, SkeletonData
from skelgraph.errors import DatasetError


def test_missing_joints_are_zero(make_sequence) -> None:
    sequence = make_sequence(4, missing=0.3)
    clip = MotionClip.from_sequence(sequence, y=2)
    assert (clip.num_frames, clip.num_joints) == (4, 10)
    assert (clip.layout, clip.fps, clip.name, clip.y) == ("upper10", 30.0, "clip", 2)
    assert clip.scores is None
    assert 0 < clip.present.sum() < 40
    assert np.array_equal(clip.present.numpy(), sequence.present)
    assert np.array_equal(clip.positions.numpy(), np.nan_to_num(sequence.positions))
    assert clip.positions.dtype == torch.float32


def test_changing_a_clip_leaves_the_sequence_alone(make_sequence) -> None:
    sequence = replace(make_sequence(), confidence=np.full((5, 10), 0.5))
    before = sequence.positions.copy()
    clip = MotionClip.from_sequence(sequence, with_confidence=True)
    clip.positions.zero_()
    assert clip.scores is not None
    clip.scores.zero_()
    assert np.array_equal(sequence.positions, before)
    assert (sequence.confidence == 0.5).all()


def test_new_positions_may_have_another_number_of_frames(make_sequence) -> None:
    clip = MotionClip.from_sequence(make_sequence(5), y=1)
    present = torch.ones(2, 10, dtype=torch.bool)
    present[1, 3] = False
    changed = clip.with_positions(torch.full((2, 10, 1), 7.0), present, fps=12.0)
    assert (changed.num_frames, changed.fps, changed.y) == (2, 12.0, 1)
    assert changed.positions[1, 3].tolist() == [0]
    assert changed.positions[1, 2].tolist() == [7]
    assert (clip.num_frames, clip.fps) == (5, 30.0)


def test_scores_stay_until_they_are_replaced_or_dropped(make_sequence) -> None:
    sequence = replace(make_sequence(), confidence=np.full((5, 10), 0.5))
    assert MotionClip.from_sequence(sequence).scores is None
    clip = MotionClip.from_sequence(sequence, with_confidence=True)
    assert clip.scores is not None
    moved = clip.with_positions(clip.positions + 1, clip.present)
    assert torch.equal(moved.scores, clip.scores)
    scored = clip.with_positions(clip.positions, clip.present, clip.scores / 2)
    assert torch.equal(scored.scores, clip.scores / 2)
    assert clip.without_scores().scores is None


def test_a_clip_and_its_graph_are_equal(make_sequence) -> None:
    sequence = replace(make_sequence(missing=0.3), confidence=np.full((5, 10), 0.5))
    clip = MotionClip.from_sequence(sequence, y=1, with_confidence=True)
    graph = SkeletonData.from_clip(clip)
    for name in ("positions", "present", "scores"):
        assert torch.equal(getattr(graph, name), getattr(clip, name)), name
    for name in ("num_frames", "num_joints", "layout", "fps", "name", "y"):
        assert getattr(graph, name) == getattr(clip, name), name
    assert "y" not in SkeletonData.from_clip(replace(clip, y=None))
    assert "confidence" not in SkeletonData.from_clip(clip.without_scores())
    assert "confidence" not in graph.without_scores()
    assert "confidence" in graph


def test_shapes_must_fit(make_sequence) -> None:
    clip = MotionClip.from_sequence(make_sequence(5))
    with pytest.raises(ValueError, match=r"expected positions \(T, 10, C\)"):
        clip.with_positions(clip.positions[:, :4], clip.present[:, :4])
    with pytest.raises(ValueError, match=r"a mask \(T, V\), but got \(5, 10, 3\) and \(4, 10\)"):
        replace(clip, present=clip.present[:4])
    with pytest.raises(ValueError, match=r"confidences \(T, V\) = \(5, 10\), but got \(10, 5\)"):
        replace(clip, scores=torch.ones(10, 5))
    with pytest.raises(DatasetError, match="clip: expected the confidence of each joint"):
        MotionClip.from_sequence(make_sequence(), with_confidence=True)
