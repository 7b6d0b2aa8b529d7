"""The player in a browser."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.io import read_sequences
from skelgraph.layouts import MPI23
from skelgraph.pages import write_contact_sheet, write_recording_page
from skelgraph.poses import PoseSequence
from tests.pages.conftest import EVIL, OpenPage, find_barriers, make_clip, read_picture


@pytest.fixture
def deep_page(tmp_path: Path) -> Path:
    """A clip of 1 s in space, in which a joint is missing in frame 0."""
    positions = make_clip(31).positions.copy()
    positions[0, 9] = np.nan
    clip = replace(make_clip(31, name="rise"), positions=positions)
    return write_recording_page(tmp_path / "page.html", [clip], source=Path("rise.npz"))


def test_the_player_plays_to_the_end_and_scrubs(deep_page: Path, open_page: OpenPage):
    page = open_page(deep_page)
    slider, clock = page.get_by_label("Time"), page.locator(".clock")
    assert clock.text_content() == "0.00 / 1.00 s"
    assert slider.get_attribute("aria-valuetext") == "0.00 s of 1.00 s, 1 joints missing"
    before = read_picture(page)
    page.get_by_label("Speed").select_option("2")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    assert clock.text_content() == "1.00 / 1.00 s"
    assert slider.get_attribute("aria-valuetext") == "1.00 s of 1.00 s"
    assert read_picture(page) != before
    slider.fill("0.5")
    assert clock.text_content() == "0.50 / 1.00 s"


def test_the_player_obeys_keys_and_the_pointer(deep_page: Path, open_page: OpenPage):
    page = open_page(deep_page)
    scene, clock, turn = (
        page.locator("canvas.scene"),
        page.locator(".clock"),
        page.get_by_label("Turn", exact=True),
    )
    page.keyboard.press("Tab")  # the link to the content
    page.keyboard.press("Tab")
    assert scene.evaluate("canvas => canvas === document.activeElement")
    page.keyboard.press(".")
    page.keyboard.press(".")
    assert clock.text_content() == "0.07 / 1.00 s"
    page.keyboard.press(",")
    assert clock.text_content() == "0.03 / 1.00 s"
    page.keyboard.press("End")
    assert clock.text_content() == "1.00 / 1.00 s"
    page.keyboard.press("Home")
    before, angle = read_picture(page), float(turn.input_value())
    page.keyboard.press("ArrowRight")
    assert float(turn.input_value()) > angle
    turned = read_picture(page)
    assert turned != before
    box = scene.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 320, box["y"] + 100)
    page.mouse.up()
    assert float(turn.input_value()) == pytest.approx(angle + 7 + 57, abs=1)
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause").wait_for()


def test_several_persons_and_confidence_are_colors(tmp_path: Path, open_page: OpenPage):
    sure = np.linspace(0.1, 0.9, 300).reshape(30, 10)
    near = make_clip(name="ann", dimensions=2, confidence=sure, up="-y")
    far = replace(near, name="bob", positions=near.positions + np.array([1, 0], np.float32))
    page = open_page(write_recording_page(tmp_path / "p.html", [near, far], source=Path("two.npz")))
    color = page.get_by_label("Color")
    assert color.locator("option").all_text_contents() == [
        "persons",
        "left and right",
        "confidence",
    ]
    assert page.locator(".legend").inner_text().split() == ["ann", "bob"]
    assert page.get_by_label("Turn", exact=True).is_hidden()
    pictures = {read_picture(page)}
    for mode in ("left and right", "confidence"):
        color.select_option(label=mode)
        pictures.add(read_picture(page))
    assert len(pictures) == 3


def test_a_recording_of_openpose_opens(shared_data: Path, tmp_path: Path, open_page: OpenPage):
    source = shared_data / "poses" / "openpose-body25" / "one-person"
    persons = read_sequences(source, fps=25)
    page = open_page(write_recording_page(tmp_path / "page.html", persons, source=source))
    before = read_picture(page)
    page.locator("canvas.scene").press("End")
    assert read_picture(page) != before
    assert find_barriers(page) == []


def test_a_video_beside_the_recording_moves_with_it(tmp_path: Path, open_page: OpenPage):
    av = pytest.importorskip("av", reason="PyAV, of the extra video, is not installed")
    with av.open(tmp_path / "rise.webm", "w") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(30):
            gray = np.full((48, 64, 3), 8 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(gray, format="rgb24")))
        container.mux(stream.encode())
    source = tmp_path / "rise.npz"
    clip = make_clip(31, start_s=1.0)  # the recording begins at the second second of the video
    page = open_page(write_recording_page(tmp_path / "page.html", [clip], source=source))
    video = page.locator("video")
    page.wait_for_function("document.querySelector('video').readyState > 1")
    assert video.is_visible()
    page.get_by_label("Time", exact=True).fill("0.5")
    assert video.evaluate("video => video.currentTime") == pytest.approx(1.5)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Play").wait_for()
    assert video.evaluate("video => video.paused")
    assert video.evaluate("video => video.currentTime") == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_page_shuts_nobody_out(deep_page: Path, open_page: OpenPage, scheme: str, width: int):
    page = open_page(deep_page, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_sheet_is_chosen_from_and_opens_clips(tmp_path: Path, open_page: OpenPage):
    names = [("joy", "a"), ("rage", EVIL), (EVIL, "c")]
    clips = [make_clip(name=name, label=label, subject="ann") for label, name in names]
    page = open_page(write_contact_sheet(tmp_path / "sheet.html", clips, title=EVIL, notes=[EVIL]))
    assert page.locator("h1").text_content() == EVIL
    assert page.locator(".note").text_content() == EVIL
    assert find_barriers(page) == []
    page.get_by_label("Label").select_option(label=EVIL)
    assert page.get_by_text("1 of 3 clips").is_visible()
    page.get_by_label("Label").select_option(label="rage")
    page.get_by_label("Label").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#clip-title").text_content() == EVIL
    assert page.locator("#clip-facts").inner_text().split() == ["label", "rage", "subject", "ann"]
    assert find_barriers(page) == []
    before = read_picture(page)
    page.locator("dialog canvas.scene").press("End")
    assert read_picture(page) != before
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").is_hidden()
    page.get_by_label("Label").select_option(label="all")
    page.get_by_label("Name or subject").fill("nobody")
    assert page.get_by_text("0 of 3 clips").is_visible()


def test_a_hundred_long_clips_are_below_six_megabytes(tmp_path: Path, open_page: OpenPage):
    rng = np.random.default_rng(0)
    clips = [
        PoseSequence(
            positions=np.cumsum(rng.normal(size=(600, 23, 3)), axis=0),
            layout=MPI23,
            fps=60.0,
            confidence=rng.random((600, 23)),
            name=f"clip {number}",
        )
        for number in range(100)
    ]
    file = write_contact_sheet(tmp_path / "sheet.html", clips, title="long", most_clips=100)
    assert file.stat().st_size < 6_000_000
    page = open_page(file)
    assert page.locator(".tile").count() == 100
    page.locator(".tile").last.press("Enter")
    assert page.locator("dialog .legend").inner_text().endswith("frames a second are shown")
