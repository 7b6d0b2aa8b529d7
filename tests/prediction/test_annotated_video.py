"""Videos with skeletons and labels: frames, times and sound."""

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import ExtractionError
from skelgraph.extraction import probe_video, read_frames
from skelgraph.layouts import BLUE, COCO17, PALE, VERMILION
from skelgraph.poses import PoseSequence
from skelgraph.prediction import (
    AnnotatedPerson,
    Caption,
    Label,
    annotate_video,
    list_captions,
    make_label,
)
from skelgraph.serving import NOT_SURE
from tests.extraction.conftest import write_video
from tests.prediction.test_skeleton_overlay import stand
from tests.prediction.test_timeline import make_timeline, make_window

av = pytest.importorskip("av")

SIZE = (320, 240)
PLATE = "#12ab34"


@pytest.fixture
def keypoints() -> PoseSequence:
    """A person who goes to the right for 12 frames, and is not there in the last two."""
    positions = np.stack([stand(20 + 10 * frame, 90, 120) for frame in range(12)])
    positions[10:] = np.nan
    return PoseSequence(positions=positions, layout=COCO17, fps=25.0, unit="px", up="-y")


def annotate(tmp_path: Path, person: AnnotatedPerson, **options: object) -> list[np.ndarray]:
    """The images of an annotated video."""
    video = write_video(tmp_path / "talk.mp4", size=SIZE, **options)  # type: ignore[arg-type]
    annotate_video(video, [person], tmp_path / "out.mp4")
    return [image.pixels for image in read_frames(probe_video(tmp_path / "out.mp4"))]


def find_plate(image: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(
        (image[:, :, 1] > 120) & (image[:, :, 0] < 90) & (image[:, :, 2] < 110)
    )
    return np.stack([columns, rows], axis=1)


def test_the_skeleton_and_its_caption_follow_the_person(
    tmp_path: Path, keypoints: PoseSequence
) -> None:
    caption = Caption(start_s=0.2, end_s=math.inf, label=Label(text="joy", color=PLATE))
    images = annotate(tmp_path, AnnotatedPerson(keypoints=keypoints, captions=(caption,)))
    assert len(images) == 12
    places = [find_plate(image) for image in images]
    assert [len(place) > 100 for place in places] == [5 <= n < 10 for n in range(12)]
    assert places[9][:, 0].mean() - places[5][:, 0].mean() == pytest.approx(40, abs=4)
    plain = [image.pixels for image in read_frames(probe_video(tmp_path / "talk.mp4"))]
    changed = [
        (np.abs(drawn.astype(int) - before.astype(int)) > 40).mean()
        for drawn, before in zip(images, plain, strict=True)
    ]
    assert all(change > 0.005 for change in changed[:10])
    assert all(change < 0.001 for change in changed[10:])


def test_frames_keep_their_times(tmp_path: Path, keypoints: PoseSequence) -> None:
    ticks = [0, 1, 2, 3, 5, 8, 9, 10, 11, 12, 13, 20]
    annotate(tmp_path, AnnotatedPerson(keypoints=keypoints), ticks=ticks)
    before, after = (
        [image.time_s for image in read_frames(probe_video(tmp_path / name))]
        for name in ("talk.mp4", "out.mp4")
    )
    np.testing.assert_allclose(after, before, atol=1e-4)
    assert after[4] == pytest.approx(5 / 25)


def test_keypoints_of_another_rate_are_drawn_at_their_times(
    tmp_path: Path, keypoints: PoseSequence
) -> None:
    video = probe_video(write_video(tmp_path / "talk.mp4", size=SIZE))
    half = AnnotatedPerson(keypoints=keypoints[::2])
    assert half.pose(8, video)[0, 0] == keypoints.positions[8, 0, 0]
    assert np.isnan(half.pose(30, video)).all()


def test_odd_and_turned_videos_become_even_and_upright(
    tmp_path: Path, keypoints: PoseSequence
) -> None:
    video = write_video(tmp_path / "odd.mp4", size=(63, 49))
    annotate_video(video, [AnnotatedPerson(keypoints=keypoints)], tmp_path / "even.mp4")
    made = probe_video(tmp_path / "even.mp4")
    assert (made.width_px, made.height_px, made.num_frames) == (64, 50, 12)
    with av.open(tmp_path / "even.mp4") as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    turned = write_video(tmp_path / "turned.mp4", size=(64, 48), rotation=90)
    annotate_video(turned, [AnnotatedPerson(keypoints=keypoints)], tmp_path / "upright.mkv")
    upright = probe_video(tmp_path / "upright.mkv")
    assert (upright.width_px, upright.height_px, upright.rotation) == (48, 64, 0)


def write_sounding_video(file: Path, codec: str) -> Path:
    """A gray second of video with a tone."""
    with av.open(file, "w") as container:
        picture = container.add_stream("mpeg4", rate=25, width=64, height=48)
        picture.pix_fmt = "yuv420p"
        sound = container.add_stream(codec, rate=16_000, layout="mono")
        for _ in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        tone = (9_000 * np.sin(np.arange(16_000) / 8)).astype(np.int16)[None]
        samples = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        samples.sample_rate, samples.time_base = 16_000, Fraction(1, 16_000)
        container.mux(sound.encode(samples))
        container.mux(sound.encode())
    return file


def list_sound(file: Path) -> list[tuple[float, bytes]]:
    with av.open(file) as container:
        packets = container.demux(container.streams.audio[0])
        return [(float(one.pts * one.time_base), bytes(one)) for one in packets if one.size]


def test_sound_is_copied(tmp_path: Path, keypoints: PoseSequence) -> None:
    video = write_sounding_video(tmp_path / "talk.mp4", "aac")
    notes = annotate_video(video, [AnnotatedPerson(keypoints=keypoints)], tmp_path / "out.mp4")
    assert notes == []
    before, after = list_sound(video), list_sound(tmp_path / "out.mp4")
    assert len(before) > 10
    assert [data for _, data in after] == [data for _, data in before]
    np.testing.assert_allclose([time for time, _ in after], [time for time, _ in before], atol=1e-3)


def test_sound_that_does_not_go_into_the_file_is_left_out_and_it_says_so(
    tmp_path: Path, keypoints: PoseSequence
) -> None:
    video = write_sounding_video(tmp_path / "talk.mkv", "wavpack")
    (note,) = annotate_video(video, [AnnotatedPerson(keypoints=keypoints)], tmp_path / "out.mp4")
    assert "its sound (wavpack) does not go into mp4 and is left out; a .mkv takes it" in note
    assert probe_video(tmp_path / "out.mp4").num_frames == 25
    assert annotate_video(video, [AnnotatedPerson(keypoints=keypoints)], tmp_path / "out.mkv") == []
    assert len(list_sound(tmp_path / "out.mkv")) == len(list_sound(video))


def test_captions_are_the_segments_of_a_timeline() -> None:
    timeline = make_timeline(
        make_window(0, 2, "joy", 0.8), make_window(1, 3, NOT_SURE), make_window(4, 6, "nobody")
    )
    captions = list_captions(replace(timeline, person="person 2"))
    assert [(one.start_s, one.end_s, one.label.text) for one in captions] == [
        (0, 1.5, "person 2: joy 80%"),
        (1.5, 3.5, "person 2: not sure"),
    ]
    assert [one.label.color for one in captions] == [BLUE, PALE]
    assert make_label("rage", 0.5, ("joy", "rage")).color == VERMILION


def test_progress_counts_frames(tmp_path: Path, keypoints: PoseSequence) -> None:
    video, seen = write_video(tmp_path / "talk.mp4", size=SIZE), []
    annotate_video(
        video,
        [AnnotatedPerson(keypoints=keypoints)],
        tmp_path / "new" / "out.mov",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(number, 12) for number in range(1, 13)]


def test_what_cannot_be_written_is_named(tmp_path: Path, keypoints: PoseSequence) -> None:
    video = write_video(tmp_path / "talk.mp4")
    person = AnnotatedPerson(keypoints=keypoints)
    with pytest.raises(ExtractionError, match=r"out\.avi: expected an annotated video that ends"):
        annotate_video(video, [person], tmp_path / "out.avi")
    with pytest.raises(ExtractionError, match="it is the video that is drawn on"):
        annotate_video(video, [person], video)
    space = replace(keypoints, positions=np.zeros((12, 17, 3)), name="walk")
    with pytest.raises(ExtractionError, match="keypoints of an image to draw on it, but walk is"):
        annotate_video(video, [AnnotatedPerson(keypoints=space)], tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
