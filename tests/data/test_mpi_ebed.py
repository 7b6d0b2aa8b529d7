import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from skelgraph.data import read_mpi_ebed
from skelgraph.data.mpi_ebed import find_actor, find_recording
from skelgraph.errors import DatasetError
from skelgraph.io import read_sequence

COUNTS = {  # anger, joy, sadness, neutral
    "AnBh": (30, 52, 41, 25),
    "DiMi": (22, 27, 30, 10),
    "LeSt": (14, 45, 61, 20),
    "MaMa": (4, 26, 6, 2),
    "NoVo": (24, 10, 30, 12),
    "SiGl": (20, 16, 19, 5),
}
BVH = """HIERARCHY
ROOT Hips
{
 OFFSET 0 0 0
 CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
 JOINT Chest
 {
  OFFSET 0 50 0
  CHANNELS 3 Zrotation Xrotation Yrotation
  End Site
  {
   OFFSET 0 50 0
  }
 }
}
MOTION
Frames: 3
Frame Time: 0.0333333
0 0 0 0 0 0 0 0 0
5 90 7 0 0 0 0 0 0
6 91 8 0 0 0 0 0 0
"""


@pytest.fixture
def miniature(tmp_path: Path) -> Path:
    for label in ("Anger", "Joy", "Neutral", "Sadness"):
        (tmp_path / label).mkdir()
        (tmp_path / label / f"Session2_AnBh-012_1_200_300_100_{label}.bvh").write_text(BVH)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "actor", "recording"),
    [
        (
            "AnBh_0208_ftf_wd_t3-001_10_99975_104675_4700_Anger",
            "AnBh",
            "AnBh_0208_ftf_wd_t3-001",
        ),
        ("AnBh_nv_al_t2_joy_11713-12197", "AnBh", "AnBh_nv_al_t2"),
        ("MaMa_ft_ch_sadness_0_200_1034_834_sadness", "MaMa", "MaMa_ft_ch"),
        ("MaMaftoe-005_102_508925_513625_4700_Neutral", "MaMa", "MaMaftoe-005"),
        ("Session2_AnBh-012_134_576967_580100_3133_Joy", "AnBh", "Session2_AnBh-012"),
        (
            "SiGl_2007_ftf_hh_t1.5-001_13_110341_113508_3167_Anger",
            "SiGl",
            "SiGl_2007_ftf_hh_t1.5-001",
        ),
        (
            "Sinead_2007_ftf_sw_t2-003_0_19241_23300_4059_Neutral_",
            "SiGl",
            "Sinead_2007_ftf_sw_t2-003",
        ),
        ("walk_03", None, "walk_03"),
    ],
)
def test_names_tell_actor_and_recording(name: str, actor: str | None, recording: str) -> None:
    assert find_actor(name) == actor
    assert find_recording(name) == recording


def test_the_rest_pose_is_dropped(miniature: Path) -> None:
    clip = read_mpi_ebed(miniature).sequences[1]
    assert clip.positions[:, 0].tolist() == [[5, 90, 7], [6, 91, 8]]
    assert clip.name == "Joy/Session2_AnBh-012_1_200_300_100_Joy"
    assert (clip.label, clip.subject, clip.recording) == ("joy", "AnBh", "Session2_AnBh-012")


def test_another_folder_is_an_error(miniature: Path) -> None:
    with pytest.raises(DatasetError, match="folder of mpi-ebed, but there is no such folder"):
        read_mpi_ebed(miniature / "absent")
    with pytest.raises(DatasetError, match="but there is no Anger, Joy, Neutral, Sadness"):
        read_mpi_ebed(miniature / "Anger")
    (file,) = (miniature / "Joy").iterdir()
    stranger = file.rename(file.with_name("walk_03.bvh"))
    with pytest.raises(DatasetError, match=r"name of an actor .* walk_03\.bvh"):
        read_mpi_ebed(miniature)
    stranger.unlink()
    with pytest.raises(DatasetError, match=r"BVH files of each label, but got none of \['joy'\]"):
        read_mpi_ebed(miniature)


def test_damaged_files_are_listed(miniature: Path) -> None:
    for label in ("Joy", "Anger"):
        (file,) = (miniature / label).iterdir()
        file.write_text(
            BVH[:-60] if label == "Joy" else BVH[: BVH.index("5 90")].replace("3\n", "1\n", 1)
        )
    with pytest.raises(DatasetError, match=r"2 of 4 files cannot be used: Anger/.*, Joy/"):
        read_mpi_ebed(miniature)


@pytest.mark.realdata
def test_counts_of_actors_and_labels(shared_data: Path) -> None:
    root = shared_data / "mpi-ebed"
    clips = read_mpi_ebed(root)
    counts = Counter(zip(clips.subjects, clips.labels, strict=True))
    for actor, expected in COUNTS.items():
        assert expected == tuple(
            counts[actor, label] for label in ("anger", "joy", "sadness", "neutral")
        )
    assert len(clips) == sum(map(sum, COUNTS.values())) == 551
    assert {clip.layout.name for clip in clips.sequences} == {"mpi23"}
    assert {(clip.unit, clip.up, clip.fps) for clip in clips.sequences} == {("cm", "+y", 30.0)}
    file = root / f"{clips.sequences[77].name}.bvh"
    assert np.array_equal(read_sequence(file).positions[1:], clips.sequences[77].positions)


@pytest.mark.realdata
def test_no_recording_name_holds_frame_numbers(shared_data: Path) -> None:
    names = [path.stem for path in (shared_data / "mpi-ebed").glob("*/*.bvh")]
    recordings = {find_recording(name) for name in names}
    dates = {"0208", "0708", "0709", "0409", "2308", "0608", "1208", "2007"}
    numbers = {n for name in recordings for n in re.findall(r"\d{4,}", name)}
    assert len(recordings) == 61
    assert numbers == dates
    assert not any(name.endswith(("_", "-")) for name in recordings)
