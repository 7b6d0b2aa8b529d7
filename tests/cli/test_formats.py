"""Every format from the command: what it holds, and on into another."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from harness.sample_files import SAMPLES
from skelgraph_cli.command import skelgraph

from skelgraph.io import read_sequences


@pytest.mark.filterwarnings("ignore::skelgraph.errors.FormatWarning")
@pytest.mark.parametrize("name", SAMPLES)
def test_inspect_and_convert(tmp_path: Path, name: str) -> None:
    sample = SAMPLES[name]
    source = tmp_path / f"sample{sample.suffix}"
    sample.write(source, 6)
    layout = [] if sample.layout is None else ["--layout", sample.layout.name]
    rate = [] if sample.fps is None else [str(sample.fps)]
    shown = CliRunner().invoke(
        skelgraph, ["inspect", str(source), *layout, *(("--fps", *rate) if rate else ())]
    )
    assert shown.exit_code == 0, shown.output
    assert sample.format in shown.output
    is_summary = "an archive of many clips" in shown.output
    assert ("6 to 6 frames" if is_summary else "6 (0.20 s)") in shown.output
    target = tmp_path / "out" / "clip.json"
    done = CliRunner().invoke(
        skelgraph,
        ["convert", str(source), str(target), *layout, *(("--in-fps", *rate) if rate else ())],
    )
    assert done.exit_code == 0, done.output
    persons = read_sequences(source, layout=sample.layout, fps=sample.fps)
    written = sorted((tmp_path / "out").glob("*.json"))
    assert len(written) == len(persons)
    assert {read_sequences(file)[0].num_frames for file in written} == {6}


def test_a_rate_of_the_files_is_replaced_on_demand_alone(tmp_path: Path) -> None:
    source = tmp_path / "sample.bvh"
    SAMPLES["bvh, 23 joints"].write(source, 6)
    kept = CliRunner().invoke(skelgraph, ["inspect", str(source), "--fps", "25"])
    assert "30 frames/s" in kept.stdout
    assert kept.stderr.startswith("note: ")
    assert "--override-fps replaces" in kept.stderr
    replaced = CliRunner().invoke(skelgraph, ["inspect", str(source), "--override-fps", "25"])
    assert "25 frames/s" in replaced.stdout
    assert "its own 30 frames/s are replaced with 25" in replaced.stderr
    target = tmp_path / "clip.json"
    arguments = ["convert", str(source), str(target), "--override-fps", "25"]
    assert CliRunner().invoke(skelgraph, arguments).exit_code == 0
    assert read_sequences(target)[0].fps == 25


def test_a_pickle_that_would_run_something_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "clips.pkl"
    file.write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "mark").encode() + b"'\ntR.")
    done = CliRunner().invoke(skelgraph, ["inspect", str(file), "--fps", "30"])
    assert done.exit_code != 0
    assert "os.system" in str(done.exception) + done.output
    assert not (tmp_path / "mark").exists()


def test_a_layout_file_is_proposed_for_points_and_is_accepted(tmp_path: Path) -> None:
    names = ["tip", "left_rim", "right_rim", "foot"]
    rows = [",".join(f"{row + place * (1 + row % 3)}" for place in range(12)) for row in range(9)]
    header = ",".join(f"{name}_{axis}" for name in names for axis in "xyz")
    table = tmp_path / "cup.csv"
    table.write_text("\n".join([header, *rows]) + "\n")
    shown = CliRunner().invoke(skelgraph, ["inspect", str(table)])
    assert "tip, left_rim, right_rim, foot" in shown.stdout
    assert "skelgraph layouts --from FILE" in shown.stdout
    proposed = CliRunner().invoke(skelgraph, ["layouts", "--from", str(table)])
    assert proposed.exit_code == 0, proposed.output
    assert "# No body is known of these names" in proposed.stdout
    layout = tmp_path / "cup.toml"
    layout.write_text(proposed.stdout)
    shown = CliRunner().invoke(skelgraph, ["inspect", str(table), "--layout", str(layout)])
    assert "cup (4 joints, 3D)" in shown.stdout
    wrong = CliRunner().invoke(skelgraph, ["layouts", "coco17", "--from", str(table)])
    assert wrong.exit_code == 2
