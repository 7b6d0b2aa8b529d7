"""Videos are told, decoded upright, and refused when they are damaged."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import ExtractionError
from skelgraph.extraction import Video, is_video, probe_video, read_frames
from skelgraph.extraction.video import describe_unevenness

MakeVideo = Callable[..., Path]


def test_a_video_tells_what_it_is(tmp_path: Path, make_video: MakeVideo) -> None:
    file = make_video(tmp_path / "a.mp4", num_frames=9, size=(64, 48), fps=30000 / 1001)
    assert probe_video(file) == Video(
        path=file, fps=30000 / 1001, width_px=64, height_px=48, num_frames=9
    )


@pytest.mark.parametrize("suffix", [".mkv", ".avi", ".mov"])
def test_other_containers_are_told_too(tmp_path: Path, make_video: MakeVideo, suffix: str) -> None:
    file = make_video(tmp_path / f"a{suffix}", num_frames=10, fps=20)
    told = probe_video(file)
    assert (told.fps, told.num_frames, told.is_even) == (20, 10, True)
    assert len(list(read_frames(told))) == 10


def test_frames_come_one_after_another(tmp_path: Path, make_video: MakeVideo) -> None:
    told = probe_video(make_video(tmp_path / "a.mp4", num_frames=5, fps=10))
    frames = list(read_frames(told))
    assert [frame.number for frame in frames] == [0, 1, 2, 3, 4]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    for frame in frames:
        assert frame.pixels.shape == (48, 64, 3)
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels[40, 50].mean() == pytest.approx(40 + 8 * frame.number, abs=4)
        assert frame.pixels[4, 4].mean() > 240


@pytest.mark.parametrize(
    ("rotation", "corner"),  # counter-clockwise, where the white corner of the upright image is
    [(0, "upper left"), (90, "lower left"), (180, "lower right"), (-90, "upper right")],
)
def test_an_image_is_turned_as_the_container_says(
    tmp_path: Path, make_video: MakeVideo, rotation: int, corner: str
) -> None:
    told = probe_video(make_video(tmp_path / "a.mp4", size=(64, 48), rotation=rotation))
    width, height = (48, 64) if rotation in (90, -90) else (64, 48)
    assert (told.width_px, told.height_px, told.rotation) == (width, height, rotation % 360)
    pixels = next(read_frames(told)).pixels
    assert pixels.shape == (height, width, 3)
    white = {
        f"{rows} {columns}": pixels[row, column].mean() > 200
        for rows, row in (("upper", 4), ("lower", -4))
        for columns, column in (("left", 4), ("right", -4))
    }
    assert [name for name, is_white in white.items() if is_white] == [corner]


def test_some_frames_can_be_picked_and_made_smaller(tmp_path: Path, make_video: MakeVideo) -> None:
    told = probe_video(make_video(tmp_path / "a.mp4", size=(64, 48)))
    frames = list(read_frames(told, picks={7, 2}, max_side_px=32))
    assert [frame.number for frame in frames] == [2, 7]
    assert {frame.pixels.shape for frame in frames} == {(24, 32, 3)}


def test_a_video_that_is_cut_off_is_refused(tmp_path: Path, make_video: MakeVideo) -> None:
    whole = make_video(tmp_path / "whole.mp4", num_frames=60).read_bytes()
    file = tmp_path / "cut.mp4"
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ExtractionError, match=r"cut\.mp4: expected a video, but it cannot"):
        probe_video(file)


def test_a_video_that_promises_more_frames_is_refused(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    whole = make_video(tmp_path / "whole.mp4", num_frames=60, movflags="faststart").read_bytes()
    file = tmp_path / "cut.mp4"
    file.write_bytes(whole[: len(whole) - (len(whole) - whole.index(b"mdat")) // 2])
    with pytest.raises(ExtractionError, match="expected the 60 frames that the file promises"):
        probe_video(file)


def test_a_video_with_broken_pictures_is_refused(tmp_path: Path, make_video: MakeVideo) -> None:
    whole = bytearray(make_video(tmp_path / "whole.mp4", num_frames=60).read_bytes())
    start = whole.index(b"mdat") + 4
    middle = start + (len(whole) - start) // 4
    whole[middle : middle + 400] = bytes(np.random.default_rng(0).integers(0, 256, 400).tolist())
    file = tmp_path / "broken.mp4"
    file.write_bytes(whole)
    told = probe_video(file)
    with pytest.raises(ExtractionError, match=r"broken\.mp4, frame \d+: cannot be decoded"):
        list(read_frames(told))


@pytest.mark.parametrize("content", [b"", b"no video at all\n" * 30])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(content)
    with pytest.raises(ExtractionError, match=r"a\.mp4: expected a video, but it cannot be opened"):
        probe_video(file)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExtractionError, match="No such file"):
        probe_video(tmp_path / "a.mp4")


def test_a_sound_is_no_video(tmp_path: Path) -> None:
    import wave

    file = tmp_path / "a.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    with pytest.raises(ExtractionError, match="there is no picture in it"):
        probe_video(file)


def test_without_pyav_there_is_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ExtractionError, match=r"pip install 'skelgraph\[video\]'"):
        probe_video(tmp_path / "a.mp4")


def test_uneven_frames_are_noted(tmp_path: Path, make_video: MakeVideo) -> None:
    even = probe_video(make_video(tmp_path / "a.mp4", num_frames=9))
    assert describe_unevenness(even) == ()
    ticks = [0, 1, 2, 3, 4, 10, 11, 12, 16]
    uneven = probe_video(make_video(tmp_path / "b.mp4", num_frames=9, ticks=ticks))
    assert uneven.num_frames == 9
    (note,) = describe_unevenness(uneven)
    assert f"not evenly spaced in time; {uneven.fps:g} frames/s is their mean" in note


def test_a_video_is_known_by_its_suffix() -> None:
    assert is_video("a/B.MP4")
    assert is_video(Path("a.webm"))
    assert not is_video("a.json")
    assert not is_video("mp4")


@pytest.mark.realdata
def test_a_real_video(shared_data: Path) -> None:
    told = probe_video(shared_data / "video" / "raga_1person_short_video.mp4")
    assert (told.width_px, told.height_px, told.fps, told.num_frames) == (1920, 1080, 25, 125)
    frames = list(read_frames(told, picks={0, 124}, max_side_px=96))
    assert [frame.number for frame in frames] == [0, 124]
    assert frames[1].time_s == pytest.approx(4.96)
    assert frames[0].pixels.shape == (54, 96, 3)
    assert frames[0].pixels.std() > 10
