"""The paper benchmark."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph

from skelgraph import TrainConfig, load_run
from skelgraph.config import MultimodalSettings
from skelgraph.errors import RunError
from skelgraph.experiments import PAPER_ROWS, PaperBenchmark, format_paper, paper, run_paper
from skelgraph.experiments.paper_benchmark import choose_rows, leave_out
from skelgraph.experiments.paper_rows import ROW_GROUPS, find_central_joint
from skelgraph.experiments.row_results import without_places
from skelgraph.layouts import UPPER10, get_layout
from skelgraph.runs import RunDirectory

TINY = MultimodalSettings(hidden_channels=8, embedding_size=6)
TWO_STREAMS = ("s-stgcn", "s-stgcn-bone")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a quick benchmark of the two streams and both fusions."""
    out = tmp_path_factory.mktemp("paper") / "finished"
    run_paper(PaperBenchmark.quick(out, rows=("2s-a", "2s-c")))
    return out


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the run directories that a test trains."""
    names: list[str] = []
    train = paper.train

    def note(config: TrainConfig, **options):
        assert config.out is not None
        names.append(config.out.name)
        return train(config, **options)

    monkeypatch.setattr(paper, "train", note)
    return names


def test_the_quick_benchmark_runs_every_row(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        skelgraph, ["benchmark", "paper", "--quick", "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 0, done.stderr
    for row in PAPER_ROWS.values():
        assert (f"| {row.title}" in done.stdout) == (row.modalities == ("skeleton",))
    assert "left out, since no clip has audio or text: ARE; TRE; MDRE; SERN; SERN-2s" in done.stdout
    assert "audio or text: ARE; TRE; MDRE" in done.stderr
    assert "partition from the central joint (thorax)" in done.stdout
    assert "the numbers say nothing at all" in done.stdout
    assert "filtered less unfiltered: UAR " in done.stdout
    assert "[14/14]" in done.stderr
    assert "left" in done.stderr
    assert (tmp_path / "out" / "table.md").read_text() == done.stdout
    assert {"confusion.png", "gates.png"} <= {
        path.name for path in (tmp_path / "out" / "figures").iterdir()
    }


def test_fused_rows_take_the_runs_of_the_streams(finished: Path) -> None:
    assert sorted(path.name for path in (finished / "runs").iterdir()) == [
        "2s-a-0",
        "2s-c-0",
        "s-stgcn-0",
        "s-stgcn-bone-0",
    ]
    for key in ("2s-a", "2s-c"):
        streams = load_run(finished / "runs" / f"{key}-0").networks
        assert [one.run.path.name for one in streams] == [f"{name}-0" for name in TWO_STREAMS]


def test_the_table_holds_measured_numbers_and_the_papers_apart(finished: Path) -> None:
    table = json.loads((finished / "table.json").read_text())
    assert [row["row"] for row in table["rows"]] == [*TWO_STREAMS, "2s-a", "2s-c"]
    for row in table["rows"]:
        metrics = json.loads((finished / "runs" / f"{row['row']}-0" / "metrics.json").read_text())
        assert (row["uar"], row["war"], row["n"]) == (metrics["uar"], metrics["war"], 12)
        assert row["uar_interval"][0] <= row["uar"] <= row["uar_interval"][1]
        assert (row["p"] is None) == (row["row"] == "s-stgcn")
        assert list(row["uar_by_subject"].values()) == [row["uar"]]
    assert table["rows"][3]["paper"] == [73.1, 72.5]
    with (finished / "table.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert float(rows[0]["uar"]) == table["rows"][0]["uar"]
    assert rows[0]["paper_iemocap_uar_percent"] == "68.4"
    markdown = (finished / "table.md").read_text()
    assert "95 %, bootstrap of the 4 recordings" in markdown
    assert "| paper, IEMOCAP: UAR, WAR |" in markdown
    assert "exchanging the answers of the two rows by clip" in markdown


def test_a_finished_benchmark_trains_nothing(
    finished: Path, tmp_path: Path, trained: list[str]
) -> None:
    lines: list[str] = []
    before = (finished / "table.md").read_text()
    table = run_paper(PaperBenchmark.quick(finished, rows=("2s-a", "2s-c")), report=lines.append)
    assert trained == []
    assert sum("there already" in line for line in lines) == 4
    assert format_paper(table) + "\n" == (finished / "table.md").read_text() == before


def test_a_killed_benchmark_does_only_the_missing_rows(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained: list[str]
) -> None:
    out = tmp_path / "killed"
    benchmark = PaperBenchmark.quick(out, rows=("2s-a", "no-gate"))
    train = paper.train

    def kill(config: TrainConfig, **options):
        if config.stream.names == ("bone",):
            raise KeyboardInterrupt
        return train(config, **options)

    with monkeypatch.context() as patch:
        patch.setattr(paper, "train", kill)
        with pytest.raises(KeyboardInterrupt):
            run_paper(benchmark)
    assert trained == ["s-stgcn-0"]
    assert "S-STGCN (joint)" in (out / "table.md").read_text()
    kept = (out / "rows" / "s-stgcn-0.json").read_text()
    trained.clear()
    table = run_paper(benchmark)
    assert trained == ["s-stgcn-bone-0", "no-gate-0"]
    assert (out / "rows" / "s-stgcn-0.json").read_text() == kept
    assert [row.row for row in table.rows] == [*TWO_STREAMS, "2s-a", "no-gate"]
    joint = json.loads((finished / "table.json").read_text())["rows"][0]
    assert table.rows[0].uar == joint["uar"]


def test_a_row_killed_before_its_result_was_kept_is_not_trained_again(
    finished: Path, tmp_path: Path, trained: list[str]
) -> None:
    out = shutil.copytree(finished, tmp_path / "moved")
    (out / "rows" / "s-stgcn-bone-0.json").unlink()
    (out / "rows" / "2s-a-0.json").unlink()
    benchmark = PaperBenchmark.quick(finished, rows=("2s-a", "2s-c"))
    table = run_paper(replace(benchmark, out=out))
    assert trained == []
    assert [row.wall_s is None for row in table.rows] == [False, True, False, False]


def test_a_row_that_fails_is_reported_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained: list[str]
) -> None:
    benchmark = PaperBenchmark.quick(tmp_path / "out", rows=("2s-a", "no-gate"))
    train = paper.train

    def fail(config: TrainConfig, **options):
        if config.stream.names == ("bone",):
            raise RuntimeError("no more memory")
        return train(config, **options)

    lines: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(paper, "train", fail)
        table = run_paper(benchmark, report=lines.append)
    assert [row.row for row in table.rows] == ["s-stgcn", "no-gate"]
    assert table.failures == (
        "s-stgcn-bone, seed 0: RuntimeError: no more memory",
        "2s-a, seed 0: row s-stgcn-bone with seed 0 failed, so that there is nothing to fuse",
    )
    assert "- failed: s-stgcn-bone, seed 0: RuntimeError" in format_paper(table)
    assert any("FAILED: RuntimeError: no more memory" in line for line in lines)
    kept = json.loads((tmp_path / "out" / "rows" / "s-stgcn-bone-0.json").read_text())
    assert "Traceback" in kept["error"]
    trained.clear()
    assert run_paper(benchmark).failures == ()
    assert trained == ["s-stgcn-bone-0"]


def test_other_settings_are_an_error(finished: Path, tmp_path: Path) -> None:
    benchmark = PaperBenchmark.quick(finished, rows=("2s-a",))
    other = replace(benchmark, base=benchmark.base.change(epochs=2))
    with pytest.raises(RunError, match=r"another epochs \(1 there, 2 now\).*pass another --out"):
        run_paper(other)
    data = shutil.copytree(finished / "data", tmp_path / "data")
    (data / "actor00_angry_00.npz").write_bytes((data / "actor00_angry_01.npz").read_bytes())
    with pytest.raises(RunError, match="another fingerprint"):
        run_paper(replace(benchmark, base=benchmark.base.change(data=data)))
    (finished.parent / "run").mkdir()
    (finished.parent / "run" / "config.json").write_text("{}")
    with pytest.raises(RunError, match="there is something else; pass another --out"):
        run_paper(replace(benchmark, out=finished.parent / "run"))


def test_seeds_are_pooled(finished: Path, tmp_path: Path, trained: list[str]) -> None:
    out = shutil.copytree(finished, tmp_path / "seeds")
    benchmark = PaperBenchmark.quick(finished, rows=("s-stgcn",))
    (row,) = run_paper(replace(benchmark, out=out, seeds=(0, 1))).rows
    assert trained == ["s-stgcn-1"]
    assert (row.seeds, row.n) == ((0, 1), 24)
    assert list(row.uar_by_seed) == ["0", "1"]


@pytest.fixture
def without_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the figures of each run, which take longer than its training."""
    monkeypatch.setattr(paper, "draw_figures", lambda runs, out: [])


@pytest.mark.usefixtures("without_drawing")
def test_rows_of_several_modalities_take_the_runs_of_their_encoders(
    spoken_swings: Path, tmp_path: Path, trained: list[str]
) -> None:
    base = TrainConfig.of(data=spoken_swings, epochs=1, frames=16, test_subjects=("cid",))
    benchmark = PaperBenchmark(
        base=base, out=tmp_path / "out", rows=("mdre", "sern-2s", "2s-c"), multimodal=TINY
    )
    table = run_paper(benchmark)
    assert table.failures == ()
    assert trained == ["are-0", "tre-0", "s-stgcn-0", "s-stgcn-bone-0", "mdre-0", "sern-2s-0"]
    rows = {row.row: row for row in table.rows}
    assert rows["sern-2s"].paper == (82.2, 82.3)
    facts = load_run(tmp_path / "out" / "runs" / "sern-2s-0").run.read_config()
    assert {name: Path(one["run"]).name for name, one in facts["encoders"].items()} == {
        "audio": "are-0",
        "text": "tre-0",
        "joint": "s-stgcn-0",
        "bone": "s-stgcn-bone-0",
    }
    assert not (tmp_path / "out" / "runs" / "sern-2s-0" / "encoders").exists()
    assert "recipes of their own" in format_paper(table)
    (subsets,) = [note for note in table.notes if note.startswith("UAR of SERN-2s with less of")]
    assert all(f" {name} " in subsets for name in ("A", "T+S", "A+T+S"))
    assert (tmp_path / "out" / "figures" / "modalities.png").is_file()
    moved = shutil.move(tmp_path / "out", tmp_path / "moved")
    trained.clear()
    run_paper(replace(benchmark, out=Path(moved)))
    assert trained == []


@pytest.mark.usefixtures("without_drawing")
def test_all_rows_are_run_on_the_clips_that_have_everything(
    spoken_swings: Path, tmp_path: Path
) -> None:
    data = shutil.copytree(spoken_swings, tmp_path / "data")
    labels = (data / "labels.csv").read_text()
    (data / "labels.csv").write_text(
        labels.replace("ann_slow_0.wav", "").replace("bob_slow_1.npz", "")
    )
    base = TrainConfig.of(data=data, epochs=1, frames=16, test_subjects=("cid",))
    lines: list[str] = []
    benchmark = PaperBenchmark(base=base, out=tmp_path / "out", rows=("are",), multimodal=TINY)
    assert run_paper(benchmark, report=lines.append).failures == ()
    assert "2 clips without audio and text and skeleton are left out" in lines
    splits = [
        (tmp_path / "out" / "runs" / f"{row}-0" / "split.csv").read_text()
        for row in ("are", "s-stgcn")
    ]
    assert splits[0] == splits[1]
    assert len(splits[0].splitlines()) == 1 + 22


def test_rows_that_the_data_has_nothing_for_are_named() -> None:
    kept, left = leave_out(choose_rows(), ("audio", "text"))
    assert [row.key for row in kept] == ["are", "tre", "mdre"]
    assert left[0].startswith("left out, since no clip has skeleton: ResNet18; ST-GCN;")
    assert leave_out(choose_rows(), ("audio", "text", "skeleton"))[1] == []


def test_rows_bring_what_they_need() -> None:
    assert [row.key for row in choose_rows(["sern"])] == ["are", "tre", "s-stgcn", "sern"]
    assert [row.key for row in choose_rows(["2s-c"])] == [*TWO_STREAMS, "2s-c"]
    assert [row.key for row in choose_rows()] == list(PAPER_ROWS)
    without = [row.key for row in choose_rows(with_lifter=False)]
    assert without == [key for key in PAPER_ROWS if key not in ("filtered", "unfiltered")]
    assert [row.key for row in choose_rows(["filter"])] == ["s-stgcn", "filtered", "unfiltered"]
    with pytest.raises(RunError, match="there is no row 3s; known are are"):
        choose_rows(["3s"])
    with pytest.raises(RunError, match="seeds that differ"):
        PaperBenchmark(base=TrainConfig(), out=Path("out"), seeds=(1, 1))


def test_a_network_of_ones_own_is_one_more_row(
    finished: Path, own_network: str, tmp_path: Path, trained: list[str]
) -> None:
    out = shutil.copytree(finished, tmp_path / "own")
    benchmark = PaperBenchmark.quick(finished, rows=(own_network,))
    table = run_paper(replace(benchmark, out=out))
    assert table.failures == ()
    assert trained == ["tinynet-0"]
    assert [(row.row, row.title) for row in table.rows] == [
        ("s-stgcn", "S-STGCN (joint)"),
        ("tinynet", "TinyNet"),
    ]
    assert table.rows[1].parameters == 3 * 4 + 4


def test_networks_of_ones_own_follow_the_other_rows(own_network: str, tmp_path: Path) -> None:
    own = ("tinynet",)
    assert tuple(row.key for row in choose_rows(models=[own_network])) == (*PAPER_ROWS, *own)
    keys = [row.key for row in choose_rows(["2s-c", own_network], [own_network])]
    assert keys == [*TWO_STREAMS, "2s-c", *own]
    (tmp_path / "mdre.py").write_text("")
    for models, text in (
        (["s-stgcn"], "expected a network of your own"),
        ([str(tmp_path / "none.py") + ":Net"], "there is no such file"),
        ([f"{tmp_path / 'mdre.py'}:MDRE"], "there is a row mdre already"),
        (["a:Net", "b:Net"], "b:Net: there is a row net already"),
    ):
        with pytest.raises(RunError, match=text):
            choose_rows(models=models)


def test_every_row_is_another_training() -> None:
    configs = [
        row.configure(TrainConfig(), UPPER10) for row in PAPER_ROWS.values() if not row.fuses
    ]
    # The two of Table 2 differ in their data alone.
    assert len({json.dumps(config.to_dict()) for config in configs}) == len(configs) - 1 == 16


def test_the_central_joint_is_the_released_codes() -> None:
    assert find_central_joint(UPPER10) == "thorax"
    mpi = get_layout("mpi23")
    assert mpi.index(find_central_joint(mpi)) != mpi.center


def test_wrong_options_are_usage_errors(tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "out")]
    for words, text in (
        (["--seeds", "a"], "expected seeds to be numbers of 0 or more that differ such as 0,1"),
        (["--seeds", "1,1"], "that differ such as 0,1, but got '1,1'"),
        (["--quick", "--epochs", "2"], "leave out epochs"),
    ):
        done = CliRunner().invoke(skelgraph, ["benchmark", "paper", *words, *out])
        assert done.exit_code == 2
        assert text in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="session")
def filter_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a quick benchmark of Table 2."""
    out = tmp_path_factory.mktemp("filter") / "rows"
    run_paper(PaperBenchmark.quick(out, rows=("filter",)))
    return out


def test_the_filter_rows_differ_in_the_filter_alone(filter_rows: Path) -> None:
    table = json.loads((filter_rows / "table.json").read_text())
    assert [row["row"] for row in table["rows"]] == ["s-stgcn", "filtered", "unfiltered"]
    assert [row["paper"] for row in table["rows"]] == [[68.4, 68.4], [68.4, 68.4], [66.5, 66.4]]
    runs = [RunDirectory(path=filter_rows / "runs" / f"{row}-0") for row in ROW_GROUPS["filter"]]
    ours, theirs = (without_places(run.read_config()["config"]) for run in runs)
    assert ours == theirs
    assert ours["preparation"]["filter"] == "none"
    assert (ours["data"]["layout"], ours["split"]["kind"]) == ("upper10", "file")
    lifted = [
        json.loads((filter_rows / "lifted" / f"{row}-0" / "lifted.json").read_text())
        for row in ROW_GROUPS["filter"]
    ]
    assert [facts["cleaning"].pop("filter") for facts in lifted] == ["butterworth", "none"]
    assert lifted[0] == lifted[1]


def test_lifted_recordings_keep_the_parts_of_the_others(filter_rows: Path) -> None:
    splits = [
        {
            (row["name"], row["part"], row["label"], row["subject"], row["recording"])
            for row in RunDirectory(path=filter_rows / "runs" / f"{row}-0").read_split()
        }
        for row in ("s-stgcn", *ROW_GROUPS["filter"])
    ]
    assert splits[0] == splits[1] == splits[2]


def test_a_lifter_is_not_tested_on_whom_it_has_met(filter_rows: Path, tmp_path: Path) -> None:
    base = PaperBenchmark.quick(filter_rows, rows=("filter",)).base
    done = CliRunner().invoke(
        skelgraph,
        [
            *("benchmark", "paper", "--data", str(base.data.folder), "--rows", "filter"),
            *("--test-subjects", "actor00", "--lifter", str(filter_rows / "lifter")),
            *("--out", str(tmp_path / "out")),
        ],
    )
    assert done.exit_code == 1
    assert "the lifter was trained on actor00, to be tested here" in done.stderr
    assert "skelgraph lift train --test-subjects actor00" in done.stderr
    assert not (tmp_path / "out" / "runs").exists()


def test_another_lifter_is_an_error(filter_rows: Path, tmp_path: Path) -> None:
    other = shutil.copytree(filter_rows / "lifter", tmp_path / "other")
    (other / "config.json").write_text((other / "config.json").read_text() + " ")
    benchmark = PaperBenchmark.quick(filter_rows, rows=("filter",), lifter=other)
    with pytest.raises(RunError, match="rows there have another lifter, lifter"):
        run_paper(benchmark)


def test_rows_that_need_a_lifter_say_how_to_make_one(tmp_path: Path) -> None:
    words = ["benchmark", "paper", "--rows", "filter", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(skelgraph, words)
    assert done.exit_code == 1
    assert "the rows filtered, unfiltered need a lifter: train one" in done.stderr
    assert "`skelgraph lift train --test-subjects ...`" in done.stderr
    done = CliRunner().invoke(skelgraph, [*words, "--lifter", str(tmp_path / "nothing")])
    assert done.exit_code == 1
    assert "nothing" in done.stderr
    assert not (tmp_path / "out" / "runs").exists()
    shown = CliRunner().invoke(skelgraph, ["benchmark", "paper", "--help"]).output
    assert "filtered" in shown


@pytest.mark.parametrize("section", ["preparation", None])
def test_a_folder_of_another_version_is_an_error(
    section: str | None, finished: Path, tmp_path: Path, trained: list[str]
) -> None:
    out = shutil.copytree(finished, tmp_path / "old")
    facts = json.loads((out / "benchmark.json").read_text())
    settings = facts["settings"] if section is None else facts["settings"][section]
    settings["filter_hz"] = 6.0
    (out / "benchmark.json").write_text(json.dumps(facts))
    benchmark = replace(PaperBenchmark.quick(finished, rows=("s-stgcn",)), out=out)
    with pytest.raises(RunError, match="of another version of skelgraph; pass another --out"):
        run_paper(benchmark)
    assert trained == []
