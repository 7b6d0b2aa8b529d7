"""Pages in a real browser without a window: Chromium of the system, driven by Playwright."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
EVIL = "</script><img src=x onerror=alert(1)> \"'&amp; 😀 שלום \u202etxt"
"""A name that ends a script, makes an element, and runs from right to left."""


def find_browser() -> str | None:
    """Return the browser of SKELGRAPH_CHROMIUM, or the system's."""
    named = os.environ.get("SKELGRAPH_CHROMIUM")
    return named or next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")  # while it is there an event loop runs, in which no other can
def browser() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = find_browser()
    if program is None:
        pytest.skip(f"no browser: install one of {', '.join(BROWSERS)}, or set SKELGRAPH_CHROMIUM")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


OpenPage = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any) -> Iterator[OpenPage]:
    """Opens a page; at the end no script has failed, and nothing has been asked of a network."""
    opened, faults = [], []

    def note_request(request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            faults.append(f"asked for {request.url}")

    def open_file(file: Path, **settings: Any) -> Any:
        context = browser.new_context(**settings)
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.on("request", note_request)
        page.goto(file.as_uri())
        return page

    yield open_file
    for context in opened:
        context.close()
    assert faults == []


def find_barriers(page: Any) -> list[str]:
    """Return what axe-core finds that shuts people out, one line each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core")
    violations = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in violations
        if one["impact"] in ("serious", "critical")
    ]


def make_clip(num_frames: int = 30, *, dimensions: int = 3, **fields: Any) -> PoseSequence:
    """Makes a clip of a person whose left wrist, joint 6, rises by 1 cm a frame."""
    rest = np.zeros((10, 3))
    rest[:, 1] = [0, 0.25, 0.5, 0.62, 0.5, 0.22, 0, 0.5, 0.22, 0]
    rest[4:7, 0], rest[7:, 0] = 0.2, -0.2
    positions = np.repeat(rest[None], num_frames, axis=0)
    positions[:, 6, 1] += 0.01 * np.arange(num_frames)
    unit = "m" if dimensions == 3 else "px"
    clip = PoseSequence(positions=positions[:, :, :dimensions], layout=UPPER10, fps=30.0, unit=unit)
    return replace(clip, **fields)


def read_picture(page: Any, selector: str = "canvas.scene") -> str:
    """Return what a canvas shows, as text that differs with any pixel."""
    return page.eval_on_selector(selector, "canvas => canvas.toDataURL()")
