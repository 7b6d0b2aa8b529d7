"""``skelgraph embed``."""

from pathlib import Path

import numpy as np
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph


def run(*arguments: object):
    return CliRunner().invoke(skelgraph, ["embed", *map(str, arguments)])


def test_a_table_and_a_map_are_written(trained_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    table, figure = tmp_path / "emb.npz", tmp_path / "map.png"
    done = run(trained_run, arm_swings, "--out", table, "--map", figure, "--seed", 1)
    assert done.exit_code == 0, done.output
    assert "24 clips, 128 numbers each (bone)" in done.stdout
    assert "3 subjects" in done.stdout
    assert np.load(table)["vectors"].shape == (24, 128)
    assert figure.is_file()


def test_what_cannot_be_used_is_one_line(trained_run: Path, arm_swings: Path, tmp_path: Path):
    nothing = run(trained_run, arm_swings)
    assert nothing.exit_code == 2
    assert "name a table to write, --out, or a map to draw, --map" in nothing.output
    for arguments, message in (
        ((trained_run, arm_swings, "--out", tmp_path / "emb.txt"), "ends in .npz or .csv"),
        ((trained_run, arm_swings, "--map", tmp_path / "map.txt"), "ends in .png, .pdf, .svg"),
        ((tmp_path / "nowhere", arm_swings, "--out", tmp_path / "a.csv"), "expected a run dir"),
        ((trained_run, tmp_path / "no.bvh", "--out", tmp_path / "a.csv"), "there is no such file"),
    ):
        done = run(*arguments)
        assert done.exit_code == 1
        assert message in done.output
        assert not list(tmp_path.iterdir())
