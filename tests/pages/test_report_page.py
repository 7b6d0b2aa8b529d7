"""The page of a report in a browser."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph

from skelgraph import TrainConfig, train
from skelgraph.errors import RunError
from skelgraph.pages import write_report_page
from skelgraph.runs import RunDirectory, read_predictions, read_results
from tests.pages.conftest import EVIL, OpenPage, find_barriers, read_picture


@pytest.fixture(scope="module")
def page_of_two(
    trained_run: Path, fused_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The page of a network and of a fusion of two streams, tested on the same 8 clips."""
    page = tmp_path_factory.mktemp("report") / "page.html"
    return write_report_page(page, {"network": trained_run, "fusion": fused_run})


def find_cell(run: Path) -> tuple[str, str, list[str]]:
    """Return true class, answer and names of the clips of the fullest cell of a run."""
    cells: dict[tuple[str, str], list[str]] = {}
    for one in read_predictions(RunDirectory(path=run).predictions_file):
        cells.setdefault((one.label or "", one.prediction), []).append(one.name)
    cell = max(cells, key=lambda key: len(cells[key]))
    return *cell, cells[cell]


def test_scores_and_comparison_are_those_of_the_runs(
    page_of_two: Path, trained_run: Path, open_page: OpenPage
):
    page = open_page(page_of_two)
    results = read_results(RunDirectory(path=trained_run))
    row = page.get_by_role("region", name="Scores of all runs").locator("tbody tr").first
    assert row.inner_text().split("\t")[:2] == ["network", "8"]
    assert f"{results.uar:.1%}" in row.inner_text()
    assert "network and fusion" in page.locator("section", has_text="Paired comp").inner_text()
    subjects = page.get_by_role("region", name="Subjects of network").locator("tbody tr")
    assert subjects.inner_text().startswith("cid\t8\t")
    curves = page.locator("section", has=page.get_by_role("heading", name="Training")).locator(
        "svg"
    )
    assert curves.get_attribute("aria-label").startswith("network: the training loss goes from")
    assert "fusion posture-motion: " in curves.get_attribute("aria-label")
    assert "skelgraph train --data" in page.locator("pre").first.text_content()


def test_a_cell_opens_its_clips_by_keyboard(
    page_of_two: Path, trained_run: Path, open_page: OpenPage
):
    page = open_page(page_of_two)
    truth, answer, names = find_cell(trained_run)
    cell = page.get_by_role("button", name=f"{len(names)} clips of {truth} as {answer}").first
    cell.press("Enter")
    assert page.locator("#cell-title").text_content() == (
        f"{truth} answered as {answer}: {len(names)} clips"
    )
    shown = page.locator("#cell-clips .tile").all_inner_texts()
    assert len(shown) == len(names)
    assert page.locator("#clip-title").text_content() in names
    before = read_picture(page)
    page.locator("dialog canvas.scene").press("End")
    assert read_picture(page) != before
    page.locator("#cell-clips .tile").last.press("Enter")
    assert page.locator("dialog .clock").text_content().startswith("0.00 /")
    assert find_barriers(page) == []
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").is_hidden()
    assert cell.evaluate("button => button === document.activeElement")


def test_of_very_many_clips_some_are_counted_alone(
    trained_run: Path, tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("skelgraph.pages.report_page._MOST_ANSWERS", 1)
    file = write_report_page(tmp_path / "page.html", {"run": trained_run}, most_clips=2)
    page = open_page(file)
    truth, answer, names = find_cell(trained_run)
    page.get_by_role("button", name=f"{len(names)} clips of {truth} as {answer}").press("Enter")
    assert f": {len(names)} clips" in page.locator("#cell-title").text_content()
    more = page.locator("#cell-clips li").last.text_content()
    assert more.endswith(" more, which are not listed")
    assert 1 <= int(more.split()[1]) < len(names)


def test_the_map_is_gone_through_by_keys(page_of_two: Path, open_page: OpenPage):
    page = open_page(page_of_two)
    first = page.locator("svg.map").first
    assert first.locator(".point").count() == 8
    words = page.locator(".preview-words").first
    texts = {words.inner_text()}
    for _ in range(7):
        first.press("ArrowRight")
        texts.add(words.inner_text())
    assert len(texts) == 8
    first.press("Enter")
    assert page.get_by_role("dialog").is_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_a_report_shuts_nobody_out(page_of_two: Path, open_page: OpenPage, scheme: str, width: int):
    page = open_page(page_of_two, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_multimodal_run_tells_what_is_said(sern_run: Path, tmp_path: Path, open_page: OpenPage):
    page = open_page(write_report_page(tmp_path / "page.html", {"sern": sern_run}))
    assert "There is no map of embeddings of sern" in page.locator("main").inner_text()
    page.locator("button.cell").first.press("Enter")
    facts = page.locator("#clip-facts").inner_text()
    assert any(text in facts for text in ("I am tired", "so sleepy", "hurry up", "run now"))
    assert find_barriers(page) == []


def test_labels_and_names_are_shown_as_text(trained_run: Path, tmp_path: Path, open_page: OpenPage):
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    metrics = json.loads((run / "metrics.json").read_text("utf-8").replace('"slow"', '"@@"'))
    text = json.dumps({**metrics, "data_note": EVIL}).replace('"@@"', json.dumps(EVIL))
    (run / "metrics.json").write_text(text, "utf-8")
    with (run / "predictions.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    rows = [[cell.replace("slow", EVIL) for cell in row] for row in rows]
    with (run / "predictions.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    page = open_page(write_report_page(tmp_path / "page.html", {EVIL: run}))
    assert page.locator("h1").text_content() == EVIL
    assert page.locator(".note").first.text_content() == f"{EVIL}: {EVIL}."
    assert page.locator(".matrix tbody th").all_text_contents() == ["fast", EVIL]
    page.locator("button.cell").last.press("Enter")
    assert page.locator("#cell-title").text_content().startswith(f"{EVIL} answered as ")


def test_the_command_writes_a_page_and_its_figures(trained_run: Path, tmp_path: Path):
    page = tmp_path / "page.html"
    words = ["report", str(trained_run), "--out", str(page), "--figures", "--json"]
    done = CliRunner().invoke(skelgraph, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert shown["page"] == str(page)
    assert page.stat().st_size < 6_000_000
    pngs = {Path(file).name for file in shown["figures"]}
    assert "confusion.png" in pngs
    written = {file.name for file in (tmp_path / "page-figures").iterdir()}
    assert written == pngs | {name.replace(".png", ".pdf") for name in pngs}


def test_an_evaluation_without_clips_has_a_page(
    trained_run: Path, tmp_path: Path, open_page: OpenPage
):
    folder = tmp_path / "evaluation"
    folder.mkdir()
    for name in ("metrics.json", "predictions.csv"):
        shutil.copy(trained_run / name, folder)
    page = open_page(write_report_page(tmp_path / "page.html", {"evaluation": folder}))
    assert "an evaluation, which does not tell where its data are" in page.content()
    page.locator("button.cell").first.press("Enter")
    assert page.locator("#clip-player").is_hidden()
    assert page.locator("#cell-clips li").count() > 0
    with pytest.raises(RunError, match="at least one run"):
        write_report_page(tmp_path / "page.html", {})


def test_a_run_on_real_recordings_opens_its_clips(
    shared_data: Path, tmp_path: Path, open_page: OpenPage
):
    source = shared_data / "bandai-styles"
    files = sorted(source.glob("dataset-2_walk_active_*.bvh"))[:4]
    files += sorted(source.glob("dataset-2_walk_exhausted_*.bvh"))[:4]
    folder = tmp_path / "walks"
    folder.mkdir()
    lines = ["file,label,subject"]
    for number, file in enumerate(files):
        shutil.copy(file, folder)
        lines.append(f"{file.name},{file.stem.split('_')[2]},{'ab'[number % 2]}")
    (folder / "labels.csv").write_text("\n".join(lines))
    config = TrainConfig.of(
        data=folder, model="features", test_subjects=("b",), val_subjects=(), out=tmp_path / "run"
    )
    train(config)
    page = open_page(write_report_page(tmp_path / "page.html", {"walks": tmp_path / "run"}))
    assert page.locator(".matrix tbody th").all_text_contents() == ["active", "exhausted"]
    page.locator("button.cell").first.press("Enter")
    before = read_picture(page)
    page.locator("dialog canvas.scene").press("End")
    assert read_picture(page) != before
    assert find_barriers(page) == []
