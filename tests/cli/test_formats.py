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
    assert "6 (0.20 s)" in shown.output
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


def test_a_pickle_that_would_run_something_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "clips.pkl"
    file.write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "mark").encode() + b"'\ntR.")
    done = CliRunner().invoke(skelgraph, ["inspect", str(file), "--fps", "30"])
    assert done.exit_code != 0
    assert "os.system" in str(done.exception) + done.output
    assert not (tmp_path / "mark").exists()
