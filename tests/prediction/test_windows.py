"""Windows of a long recording, cleaned once and cut afterwards."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph import load_run
from skelgraph.config import WindowSettings
from skelgraph.errors import DatasetError, RunError
from skelgraph.io import read_npz
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.prediction import NOBODY, plan_windows, predict_windows
from skelgraph.serving import NOT_SURE, Decision, InputCheck, Predictor
from tests.conftest import make_rule


@pytest.fixture
def predictor(trained_run: Path) -> Predictor:
    return load_run(trained_run)


@pytest.fixture
def swings(arm_swings: Path) -> PoseSequence:
    """Eight clips of a person in a row, four fast and four slow: 192 frames, 6.4 s."""
    clips = [read_npz(file) for file in sorted(arm_swings.glob("cid*.npz"))]
    positions = np.concatenate([clip.positions for clip in clips])
    return replace(clips[0], positions=positions, name="swings", start_s=20.0)


@pytest.mark.parametrize(
    ("duration_s", "window_s", "hop_s", "spans"),
    [
        (3.0, 4.0, 1.0, [(0, 3)]),
        (4.0, 4.0, 1.0, [(0, 4)]),
        (6.0, 4.0, 1.0, [(0, 4), (1, 5), (2, 6)]),
        (6.4, 4.0, 1.0, [(0, 4), (1, 5), (2, 6)]),
        (6.5, 4.0, 1.0, [(0, 4), (1, 5), (2, 6), (2.5, 6.5)]),
        (1.0, 0.3, 0.1, [(n / 10, n / 10 + 0.3) for n in range(8)]),
        (9.0, 4.0, 4.0, [(0, 4), (4, 8)]),
        (10.0, 4.0, 4.0, [(0, 4), (4, 8), (6, 10)]),
        (8.0, 4.0, None, [(n, n + 4) for n in range(5)]),
    ],
)
def test_windows_cover_the_recording(
    duration_s: float, window_s: float, hop_s: float | None, spans: list[tuple[float, float]]
) -> None:
    planned = plan_windows(duration_s, WindowSettings(window_s=window_s, hop_s=hop_s))
    assert np.array(planned) == pytest.approx(np.array(spans))


def test_a_hop_longer_than_a_window_is_refused() -> None:
    with pytest.raises(RunError, match="--hop 3 is longer than --window 2: what lies between"):
        WindowSettings(window_s=2, hop_s=3)
    with pytest.raises(RunError, match="--hop 5 is longer than --window 4"):
        WindowSettings(hop_s=5)


def test_times_are_those_of_the_recording(predictor: Predictor, swings: PoseSequence) -> None:
    timeline = predict_windows(predictor, swings, window_s=0.8, hop_s=0.4)
    assert timeline.recording == "swings"
    times = [(one.start_s, one.end_s) for one in timeline.windows]
    assert times[:2] == [(20.0, 20.8), (20.4, 21.2)]
    assert len(times) == 15
    assert times[-1] == (25.6, 26.4)
    # A file of another rate is resampled, but its windows are at the same times.
    slow = predict_windows(predictor, swings[::2], window_s=0.8, hop_s=0.4)
    assert [(one.start_s, one.end_s) for one in slow.windows] == times


def test_a_window_is_a_part_of_the_cleaned_recording(
    predictor: Predictor, swings: PoseSequence
) -> None:
    positions = np.array(swings.positions)
    positions[22:26, UPPER10.index("left_wrist")] = np.nan  # a gap across the first cut
    swings = replace(swings, positions=positions)
    timeline = predict_windows(predictor, swings, window_s=0.8, hop_s=0.8)
    (network,) = predictor.networks
    preprocessing = network.facts.preprocessing
    cleaned = preprocessing.clean(swings)
    for number, window in enumerate(timeline.windows):
        part = preprocessing.normalize(cleaned[24 * number : 24 * (number + 1)])
        (expected,) = predictor.predict_prepared([part], [(part,)])
        assert window.probabilities == pytest.approx(dict(expected.probabilities), abs=1e-6)
        assert window.answer == window.prediction == expected.prediction
    # Cleaned by itself, a window would have kept its part of the gap.
    alone = predictor.predict(swings[24:48])
    assert abs(timeline.windows[1].probabilities["fast"] - alone.probabilities["fast"]) > 1e-5


def test_a_short_recording_is_one_window(predictor: Predictor, swings: PoseSequence) -> None:
    (window,) = predict_windows(predictor, swings[:24]).windows
    assert (window.start_s, window.end_s) == (20.0, 20.8)
    whole = predictor.predict(swings[:24])
    assert window.probabilities == pytest.approx(dict(whole.probabilities), abs=1e-6)


def test_a_window_in_which_nobody_is_has_no_answer(
    predictor: Predictor, swings: PoseSequence
) -> None:
    positions = np.array(swings.positions)
    positions[48:96] = np.nan
    timeline = predict_windows(
        predictor, replace(swings, positions=positions), window_s=0.8, hop_s=0.4
    )
    absent = [number for number, one in enumerate(timeline.windows) if one.answer == NOBODY]
    assert absent == [4, 5, 6]
    assert timeline.windows[4].prediction is None
    assert timeline.windows[4].probabilities == {}


def test_a_window_without_the_center_is_not_sure(
    predictor: Predictor, swings: PoseSequence
) -> None:
    positions = np.array(swings.positions)
    positions[20:52, UPPER10.center] = np.nan
    timeline = predict_windows(
        predictor, replace(swings, positions=positions), window_s=0.4, hop_s=0.4
    )
    guesses = [one.prediction is not None for one in timeline.windows[:6]]
    assert guesses == [True, True, False, False, True, True]
    assert timeline.windows[3].answer == NOT_SURE
    assert timeline.windows[3].probabilities == {}
    (note,) = timeline.notes
    assert note.startswith("2 of 16 windows cannot be used; the first: sequence 'swings': expected")


def test_a_decision_withholds_answers_and_inputs_are_checked(
    predictor: Predictor, swings: PoseSequence
) -> None:
    rule = make_rule(predictor.classes, threshold=0.999)
    decided = replace(predictor, decision=Decision(rule=rule))
    check = InputCheck(decided, noun="window")
    timeline = predict_windows(decided, swings, window_s=1.6, hop_s=0.8, check=check)
    assert {one.answer for one in timeline.windows} == {NOT_SURE}
    assert all(one.prediction in predictor.classes for one in timeline.windows)
    assert check.describe() == [
        "unlike the training: 7 of 7 windows have another length (1.6 s, the training's had 0.8 to "
        "0.8 s)"
    ]


def test_equal_windows_are_as_long_as_each_other_where_hops_are_no_frames(
    predictor: Predictor, swings: PoseSequence
) -> None:
    decided = replace(predictor, decision=Decision(rule=make_rule(predictor.classes)))
    check = InputCheck(decided, noun="window")
    predict_windows(decided, replace(swings, fps=25.0), window_s=1.0, hop_s=0.25, check=check)
    (line,) = [one for one in check.describe() if "another length" in one]
    assert "28 of 28 windows have another length (1 s, the" in line


def test_what_cannot_be_cut_is_an_error(
    predictor: Predictor, swings: PoseSequence, sern_run: Path
) -> None:
    with pytest.raises(DatasetError, match=r"swings: expected windows of at least 8 frames, but 0"):
        predict_windows(predictor, swings, window_s=0.1)
    nobody = replace(swings, positions=np.full_like(swings.positions, np.nan))
    with pytest.raises(DatasetError, match="swings: expected a person, but nobody is there"):
        predict_windows(predictor, nobody)
    with pytest.raises(RunError, match="windows are cut from skeletons, but this network takes"):
        predict_windows(load_run(sern_run), swings)
