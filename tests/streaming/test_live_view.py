"""The page that shows a stream in a browser."""

import http.client
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import RunError
from skelgraph.io import PoseFormat
from skelgraph.layouts import UPPER10
from skelgraph.streaming import LiveFrame, LivePose, LiveUpdate, LiveView, PersonStatus

EVIL = "</script><img src=x onerror=alert(1)>"


def make_update(time_s: float = 1.5) -> LiveUpdate:
    positions = np.arange(30, dtype=np.float64).reshape(10, 3)
    positions[4] = np.nan
    person = PersonStatus(EVIL, "joy", {"joy": 0.75, "rage": 0.25}, time_s, 0.25, True)
    frame = LiveFrame(time_s, {EVIL: LivePose(positions)})
    return LiveUpdate(frame, (person,), (), 10, 3)


@pytest.fixture
def view() -> Iterator[LiveView]:
    form = PoseFormat(layout=UPPER10, num_dimensions=3, unit="m", up="+z")
    view = LiveView(form, ("joy", "rage"), EVIL)
    view.start()
    yield view
    view.stop()


Fetch = Callable[..., http.client.HTTPResponse]


@pytest.fixture
def fetch(view: LiveView) -> Iterator[Fetch]:
    """Ask for a path, with headers."""
    kept: list[Any] = []

    def ask(path: str, **headers: str) -> http.client.HTTPResponse:
        port = int(view.url.rstrip("/").rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        kept.extend((response, connection))
        return response

    yield ask
    for one in kept:
        one.close()


def read_event(response: http.client.HTTPResponse) -> tuple[str, Any]:
    name = response.readline().decode().removeprefix("event: ").strip()
    data = response.readline().decode().removeprefix("data: ").strip()
    assert response.readline() == b"\n"
    return name, json.loads(data) if data else None


def test_the_page_is_whole_and_nothing_in_it_comes_from_elsewhere(fetch: Fetch) -> None:
    page = fetch("/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    text = page.read().decode()
    linked = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert linked == ["data:,", "view.css", "view.js"]
    for name in ("view.css", "view.js"):
        found = fetch(f"/{name}")
        assert found.status == 200
        own = files("skelgraph.streaming").joinpath("page", name).read_bytes()
        assert found.read() == own
        assert b"http" not in own
    script = files("skelgraph.streaming").joinpath("page", "view.js").read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script)


def test_a_browser_gets_the_format_and_then_frames(view: LiveView, fetch: Fetch) -> None:
    events = fetch("/events")
    assert events.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    name, form = read_event(events)
    assert name == "format"
    assert form["title"] == EVIL
    assert form["classes"] == ["joy", "rage"]
    assert form["bones"] == [list(bone) for bone in UPPER10.bones]
    view.show(make_update())
    name, frame = read_event(events)
    assert name == "frame"
    assert (frame["time"], frame["frames"], frame["dropped"]) == (1.5, 10, 3)
    (person,) = frame["people"]
    assert (person["person"], person["answer"], person["behind"]) == (EVIL, "joy", 0.25)
    assert person["probabilities"] == [0.75, 0.25]
    assert person["joints"][0] == [0, -2]  # z is up, and y of the page is down
    assert person["joints"][4] is None
    view.show(make_update(1.6))
    assert read_event(events)[1]["time"] == 1.6
    view.stop()
    assert read_event(events) == ("end", None)
    assert events.read() == b""


def test_a_slow_browser_gets_the_newest_frame(view: LiveView) -> None:
    view.num_browsers = 1
    for number in range(100):
        view.show(make_update(float(number)))
    number, text = view.wait(0)
    assert number == 100
    assert text is not None
    assert json.loads(text)["time"] == 99


def test_nobody_else_is_served(fetch: Fetch) -> None:
    assert fetch("/", Host="evil.example").status == 403
    assert fetch("/events", Host="evil.example:80").status == 403
    assert fetch("/../live_view.py").status == 404
    assert fetch("/page/view.js").status == 404
    assert fetch("/index.html?x=1").status == 404
    others = [fetch("/events") for _ in range(8)]
    assert [read_event(other)[0] for other in others] == ["format"] * 8
    assert fetch("/events").status == 503


def test_a_page_that_was_never_served_is_stopped_at_once() -> None:
    view = LiveView(PoseFormat(layout=UPPER10, num_dimensions=3), ("joy", "rage"), "never")
    thread = threading.Thread(target=view.stop, daemon=True)
    thread.start()
    thread.join(5.0)
    assert not thread.is_alive()


def test_a_port_that_is_taken_is_named() -> None:
    form = PoseFormat(layout=UPPER10, num_dimensions=3)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RunError, match=f"--port {port}: the port cannot be listened to"):
            LiveView(form, ("joy",), "walk", port=port)
