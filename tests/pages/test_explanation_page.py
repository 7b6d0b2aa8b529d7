"""The page of an explanation in a browser."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.explanation import (
    Attribution,
    BlockAttention,
    ClipExplanation,
    EdgeImportance,
    Faithfulness,
    Moment,
    NetworkInsight,
    Remark,
)
from skelgraph.pages import write_explanation_page
from tests.pages.conftest import EVIL, OpenPage, find_barriers, make_clip, read_picture


def make_attribution(top_change: float, **fields: object) -> Attribution:
    values = np.zeros((31, 10))
    values[10:15, 6], values[20, 1] = 0.2, -0.1
    check = Faithfulness(
        probability=0.75,
        deleted_share=0.1,
        top_change=top_change,
        random_mean=0.05,
        random_low=-0.01,
        random_high=0.09,
        moved_mean=0.1,
        moved_high=0.2,
        num_draws=20,
    )
    usual = {"method": "occlusion", "network": "bone", "target": "joy", "values": values}
    return Attribution(**{**usual, "faithfulness": check, **fields})


@pytest.fixture
def explanation() -> ClipExplanation:
    """A clip of 1 s from 2 s on, in which the left wrist spoke for joy."""
    rng = np.random.default_rng(0)
    insight = NetworkInsight(
        network="bone",
        probabilities=np.array([0.75, 0.25]),
        attention=(
            BlockAttention(
                block=3,
                coefficients=rng.dirichlet(np.ones(10), size=(2, 10)),
                received=rng.random((2, 31, 10)),
            ),
        ),
        edge_importance=(
            EdgeImportance(block=1, adjacency=np.stack([np.eye(10)] * 3), importance=np.ones(1)),
        ),
        gates={1: 0.5},
    )
    return ClipExplanation(
        sequence=make_clip(31, name=EVIL, label="joy", start_s=2.0),
        model="runs/one",
        classes=("joy", EVIL),
        probabilities=np.array([0.7, 0.3]),
        label="joy",
        answer="not sure",
        target="joy",
        attributions=(make_attribution(0.4), make_attribution(0.1, method="integrated gradients")),
        insights=(insight,),
        times_s=np.array([2.2, 2.8]),
        timeline=np.array([[0.4, 0.6], [0.9, 0.1]]),
        moments=(Moment(start_s=2.3, end_s=2.5, share=0.6, why=f"left wrist {EVIL}"),),
        words=(
            Remark(
                sentence=f"The hands move at 20 cm/s. {EVIL}",
                feature="hands.speed_mean",
                value=20.0,
                unit="cm/s",
                typical={"joy": 21.0},
            ),
        ),
        notes=(EVIL,),
    )


def test_the_page_tells_what_spoke_and_whether_it_is_true(
    explanation: ClipExplanation, tmp_path: Path, open_page: OpenPage
):
    page = open_page(write_explanation_page(tmp_path / "page.html", explanation))
    assert page.locator("h1").text_content() == EVIL
    assert page.locator(".answer").inner_text() == "not sure; most probable is joy, labeled joy"
    rows = page.get_by_role("region", name="Faithfulness").locator("tbody tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["occlusion", "75.0%", "40.0", "5.0 (-1.0 to 9.0)", "10.0 (up to 20.0)", "holds"],
        [
            *("integrated gradients", "75.0%", "10.0", "5.0 (-1.0 to 9.0)"),
            *("10.0 (up to 20.0)", "does not hold"),
        ],
    ]
    colors = page.get_by_label("Color").locator("option").all_text_contents()
    assert colors == [
        "left and right",
        "occlusion",
        "integrated gradients (does not hold)",
        "attention of block 3",
    ]
    assert "hands.speed_mean\t20\t21\tcm/s" in page.locator("body").inner_text()
    curves = page.locator("svg.curves")
    assert curves.get_attribute("aria-label") == (
        f"Most probable over time: {EVIL} from 0.20 s, joy from 0.80 s."
    )
    joints = page.locator("canvas.joint-map")
    assert joints.get_attribute("aria-label").endswith("Strongest: left_wrist, spine, spinebase.")
    assert find_barriers(page) == []


def test_the_page_has_the_name_of_the_recording(explanation: ClipExplanation, tmp_path: Path):
    source = tmp_path / "walk.bvh"
    clip = replace(explanation.sequence, name=f"{source}#2")
    explained = replace(explanation, sequence=clip, model=f"{tmp_path}/emotion4")
    html = write_explanation_page(tmp_path / "p.html", explained, source=source).read_text("utf-8")
    assert "<title>walk.bvh#2</title>" in html
    assert "What <bdi>emotion4</bdi> answers" in html


def test_moments_and_curves_move_the_player(
    explanation: ClipExplanation, tmp_path: Path, open_page: OpenPage
):
    page = open_page(write_explanation_page(tmp_path / "page.html", explanation))
    clock = page.locator(".clock")
    assert clock.text_content() == "0.40 / 1.00 s"  # the middle of the moment
    page.locator("canvas.scene").press("Home")
    page.get_by_role("button", name="0.30 to 0.50 s").press("Enter")
    assert clock.text_content() == "0.30 / 1.00 s"
    box = page.locator("svg.curves").bounding_box()
    page.locator("svg.curves").click(position={"x": box["width"] - 1, "y": 60})
    assert float(clock.text_content().split()[0]) > 0.99
    before = read_picture(page, "canvas.weights")
    page.get_by_label("Head").select_option("1")
    assert read_picture(page, "canvas.weights") != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_explanation_shuts_nobody_out_on_a_phone(
    explanation: ClipExplanation, tmp_path: Path, open_page: OpenPage, scheme: str
):
    page = open_page(
        write_explanation_page(tmp_path / "page.html", explanation),
        color_scheme=scheme,
        viewport={"width": 360, "height": 800},
    )
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
