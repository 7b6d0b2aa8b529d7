"""Bad input is one clear line and a non-zero exit, never a traceback."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import TRACEBACK_VARIABLE, skelgraph

from skelgraph.io import write_csv, write_npz
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence

BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  End Site
  {
    OFFSET 0 1 0
  }
}
MOTION
Frames: 3
Frame Time: 0.0333
0 0 0 0 0 0
0 0
0 0 0 0 0 0
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words])


def expect_one_line(done: Result, *parts: str, code: int = 1) -> None:
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    assert "internal error" not in done.output
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    for part in parts:
        assert part in line


def person(num_frames: int = 30) -> PoseSequence:
    positions = np.random.default_rng(0).normal(size=(num_frames, 10, 3))
    return PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m")


def fill(folder: Path, write: Callable[[Path], None], count: int = 8) -> Path:
    """A folder with two labels of which each file is written by a function."""
    for label in ("calm", "wild"):
        (folder / label).mkdir(parents=True)
        for number in range(count // 2):
            write(folder / label / f"clip{number}.npz")
    return folder


def train(folder: Path, tmp_path: Path, *words: object) -> Result:
    return run("train", "--data", folder, "--epochs", 1, "--out", tmp_path / "run", *words)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    expect_one_line(train(tmp_path / "none", tmp_path), "none")


def test_a_folder_without_labels(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    write_npz(folder / "a.npz", person())
    expect_one_line(train(folder, tmp_path), "labels.csv", str(folder))


def test_a_label_with_one_file(tmp_path: Path) -> None:
    folder = fill(tmp_path / "clips", lambda file: write_npz(file, person()))
    for file in sorted((folder / "wild").iterdir())[1:]:
        file.unlink()
    expect_one_line(train(folder, tmp_path), "'wild' (1)")


def test_a_label_file_that_names_what_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "labels.csv").write_text("file,label\ngone.bvh,calm\n")
    expect_one_line(train(folder, tmp_path), "gone.bvh")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (BVH, "bad.bvh"),
        ("", "empty"),
        (BVH[:60], "bad.bvh"),
        ("\x00\x01\x02" * 100, "bad.bvh"),
        ("just words\n", "bad.bvh"),
    ],
)
def test_a_damaged_file(tmp_path: Path, trained_run: Path, content: str, part: str) -> None:
    file = tmp_path / "bad.bvh"
    file.write_text(content)
    expect_one_line(run("inspect", file), part)
    expect_one_line(run("predict", trained_run, file), part)
    folder = fill(tmp_path / "clips", lambda npz: write_npz(npz, person()))
    file.rename(folder / "calm" / "bad.bvh")
    expect_one_line(train(folder, tmp_path), part)


def test_a_file_of_another_layout(tmp_path: Path, trained_run: Path) -> None:
    dog = JointLayout.from_parents("dog", {"snout": None, "tail": "snout", "paw": "tail"})
    file = tmp_path / "dog.npz"
    write_npz(file, PoseSequence(positions=np.ones((30, 3, 3)), layout=dog, fps=30.0))
    expect_one_line(run("predict", trained_run, file), "dog", "upper10")


def test_a_clip_of_two_frames(tmp_path: Path, trained_run: Path) -> None:
    file = tmp_path / "short.npz"
    write_npz(file, person(num_frames=2))
    expect_one_line(run("predict", trained_run, file), "short", "at least 8 frames", "got 2")
    folder = fill(tmp_path / "clips", lambda npz: write_npz(npz, person(num_frames=2)))
    expect_one_line(train(folder, tmp_path), "at least 8 frames", "got 2")


def test_a_clip_whose_joints_are_all_missing(tmp_path: Path, trained_run: Path) -> None:
    file = tmp_path / "nothing.npz"
    missing = np.full((30, 10, 3), np.nan)
    write_npz(file, PoseSequence(positions=missing, layout=UPPER10, fps=30.0))
    expect_one_line(run("predict", trained_run, file), "nothing", "missing (NaN)")


def test_some_missing_joints_are_no_error(tmp_path: Path, trained_run: Path) -> None:
    positions = person().positions.copy()
    positions[:, 9] = np.nan
    positions[5:20, 4] = np.nan
    file = tmp_path / "gaps.npz"
    write_npz(file, PoseSequence(positions=positions, layout=UPPER10, fps=30.0))
    done = run("predict", trained_run, file)
    assert done.exit_code == 0, done.stderr


def test_a_subject_who_does_not_exist(arm_swings: Path, tmp_path: Path) -> None:
    done = train(arm_swings, tmp_path, "--test-subjects", "zoe")
    expect_one_line(done, "zoe", "ann", "bob", "cid")


def test_a_run_directory_that_is_none(tmp_path: Path) -> None:
    for command in (("evaluate",), ("predict",)):
        files = (tmp_path / "a.bvh",) if command == ("predict",) else ()
        expect_one_line(run(*command, tmp_path, *files), "expected a run directory")


def test_2d_and_3d_in_one_dataset(tmp_path: Path) -> None:
    folder = fill(tmp_path / "clips", lambda file: write_npz(file, person()))
    flat = PoseSequence(positions=person().positions[:, :, :2], layout=UPPER10, fps=30.0)
    write_npz(folder / "calm" / "clip0.npz", flat)
    expect_one_line(train(folder, tmp_path), "2D", "3D")


def test_a_file_for_results_that_is_no_table(trained_run: Path, arm_swings: Path) -> None:
    done = run("predict", trained_run, arm_swings, "--out", "predictions.xlsx")
    expect_one_line(done, ".csv or .json", code=2)


def test_a_table_without_a_joint_of_the_layout(tmp_path: Path) -> None:
    file = tmp_path / "clip.csv"
    write_csv(file, person())
    file.write_text(file.read_text().replace("spinebase", "belly"))
    expect_one_line(run("inspect", file, "--layout", "upper10"), "clip.csv", "belly")


def test_an_unknown_layout_or_dataset(tmp_path: Path, arm_swings: Path) -> None:
    expect_one_line(run("layouts", "octopus"), "octopus", "upper10")
    done = train(arm_swings, tmp_path, "--layout", "octopus")
    expect_one_line(done, "octopus", "upper10")
    expect_one_line(run("train", "--dataset", "octopus"), "octopus", "mpi-ebed")
    expect_one_line(run("train", "--dataset", "mpi-ebed"), "--root")


def test_a_defect_is_one_line_too_and_a_traceback_by_choice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr("skelgraph.layouts.get_layout", fail)
    done = run("layouts", "upper10")
    assert done.exit_code == 1
    assert "internal error, a defect of skelgraph: KeyError: 'upper10'" in done.stderr
    monkeypatch.setenv(TRACEBACK_VARIABLE, "1")
    assert isinstance(run("layouts", "upper10").exception, KeyError)


def test_the_rate_of_what_is_read_is_that_of_in_fps(tmp_path: Path) -> None:
    folder = tmp_path / "takes"
    (folder / "calm").mkdir(parents=True)
    source = folder / "calm" / "a.npz"
    np.savez(source, positions=person().positions, layout=np.array("upper10"))
    expect_one_line(run("convert", source, tmp_path / "a.csv"), "pass it (--in-fps)")
    done = run("data", "make", tmp_path / "out", "--from", folder)
    expect_one_line(done, "a.npz", "(--in-fps)")
    assert run("convert", source, tmp_path / "a.csv", "--in-fps", 30).exit_code == 0


def test_equal_reasons_are_one_line(trained_run: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"clip{number}.npz" for number in range(6)]
    for file in files:
        write_npz(file, person(2))
    done = run("predict", trained_run, *files)
    expect_one_line(
        done, f"{files[2]} and 3 others: ", "at least 8 frames at 30 frames/s, but got 2"
    )
    assert "clip4" not in done.stderr


def test_a_folder_of_videos_has_to_be_extracted_first(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"")
    done = run("features", folder, "--out", tmp_path / "table.csv")
    advice = f"`skelgraph extract {folder} --out films-skeletons`"
    expect_one_line(done, "the folder has videos alone", advice)
    assert "bvh" not in done.stderr
