"""Pages as files: what they hold, and what cannot come out of them."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from skelgraph.pages import write_recording_page
from skelgraph.pages.page_file import escape_json
from skelgraph.pages.recording_page import find_video, locate
from tests.pages.conftest import EVIL, make_clip


def test_json_ends_no_script_and_comes_back():
    data = {"name": EVIL, "lines": "\u2028\u2029<!-- <script>"}
    text = str(escape_json(data))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == data
    with pytest.raises(ValueError, match="not JSON compliant"):
        escape_json({"value": float("nan")})


def test_a_page_is_one_file_that_names_no_other(tmp_path: Path):
    page = tmp_path / "new" / "page.html"
    source = tmp_path / f"{EVIL.replace('/', '_')}.npz"
    assert write_recording_page(page, [make_clip(name=EVIL)], source=source) == page
    html = page.read_text("utf-8")
    assert not re.search(r"""(src|href)=["']?(https?:|//)""", html)
    assert html.count("<script") == 2
    assert html.count("</script>") == 2
    assert "<img" not in html
    assert "default-src 'none'; script-src 'sha256-" in unescape(html)
    assert [path.name for path in page.parent.iterdir()] == ["page.html"]


def test_a_video_beside_the_recording_is_found_and_named(tmp_path: Path):
    assert find_video(tmp_path / "walk.bvh") is None
    video = tmp_path / "walk #1.mp4"
    video.touch()
    assert find_video(tmp_path / "walk #1.bvh") == video
    assert find_video(video) == video
    assert locate(video, tmp_path / "page.html") == "walk%20%231.mp4"
    assert locate(video, tmp_path / "other" / "page.html") == video.as_uri()
