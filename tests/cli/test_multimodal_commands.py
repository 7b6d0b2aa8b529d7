"""Networks that hear and read, as a person types them."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.evaluation import format_score


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


def test_train_prints_what_each_subset_reaches(spoken_swings: Path, tmp_path: Path) -> None:
    out = tmp_path / "mdre"
    done = run(
        *("train", "--data", spoken_swings, "--model", "mdre", "--test-subjects", "cid"),
        *("--modality-dropout", 0.2, "--text-dropout", 0.2, "--epochs", 1, "--out", out),
    )
    assert done.exit_code == 0, done.stderr
    shown = " ".join(done.stdout.split())
    for name, row in json.loads((out / "metrics.json").read_text())["modalities"].items():
        scores = [format_score(row[one], row[f"{one}_interval"]) for one in ("uar", "war")]
        assert f"{name} {' '.join(scores)} {row['n']}" in shown
    assert "audio by opensmile; transcripts" in done.stdout
    assert "their vectors start at random, since there is no --glove file" in shown
    settings = json.loads((out / "config.json").read_text())["config"]["multimodal"]
    assert (settings["modality_dropout"], settings["text_dropout"]) == (0.2, 0.2)


def test_evaluate_with_fewer_modalities(sern_run: Path, trained_run: Path) -> None:
    metrics = json.loads((sern_run / "metrics.json").read_text())
    done = run("evaluate", sern_run, "--modalities", "a,s")
    assert done.exit_code == 0, done.stderr
    assert f"this model {metrics['modalities']['A+S']['uar']:.1%}" in " ".join(done.stdout.split())
    refused = run("evaluate", trained_run, "--modalities", "a")
    assert refused.exit_code == 1
    assert "it takes skeletons alone" in refused.stderr
    unknown = run("evaluate", sern_run, "--modalities", "x")
    assert "expected modalities to be one of ('audio', 'text', 'skeleton')" in unknown.stderr


def test_predict_a_clip_with_its_sound_and_words(
    sern_run: Path, spoken_swings: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    done = run(
        *("predict", sern_run, spoken_swings / "cid_fast_0.npz"),
        *("--audio", spoken_swings / "cid_fast_0.wav", "--text", "hurry up", "--out", out),
    )
    assert done.exit_code == 0, done.stderr
    with out.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert float(row["p_fast"]) + float(row["p_slow"]) == pytest.approx(1, abs=1e-5)
    assert "the text" in run("predict", sern_run, "--text", "hurry up").stdout
    folder = run("predict", sern_run, spoken_swings, "--out", out)
    assert folder.exit_code == 0, folder.stderr
    assert len(out.read_text().splitlines()) == 25


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), 2, "name FILES, or pass --audio or --text"),
        (("--audio", "nowhere.wav"), 1, "nowhere.wav"),
        (("--audio", "bad.wav"), 1, "bad.wav"),
    ],
)
def test_what_cannot_be_heard_is_one_line(
    sern_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
    text: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.wav").write_bytes(b"RIFF no sound")
    done = run("predict", sern_run, *words)
    assert done.exit_code == code
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_options_are_told(tmp_path: Path) -> None:
    for words, text in (
        (("--model", "sern", "--modalities", "a"), "fuses two modalities or more"),
        (("--model", "s-stgcn", "--fine-tune"), "belong to are, tre, mdre"),
        (("--model", "sern"), "no clip has audio or text, which the network takes"),
        (("--require", "x"), "expected require to be one of"),
    ):
        done = run("train", *words, "--out", tmp_path / "run")
        assert done.exit_code == (2 if "--require" in words else 1)
        assert text in " ".join(done.stderr.split())
