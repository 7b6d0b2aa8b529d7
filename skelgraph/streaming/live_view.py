"""A page that shows skeletons and answers as they come, for a browser on this machine.

The server listens to 127.0.0.1 alone, answers requests to that address alone (so that no other
site's page can read from it by a name of its own), and serves nothing but three files of this
package and one stream of server-sent events (https://html.spec.whatwg.org/multipage/
server-sent-events.html). A browser that is slow gets the newest frame, not all.
"""

import json
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Condition, Thread
from typing import Any, cast

import numpy as np

from skelgraph.errors import RunError
from skelgraph.io import PoseFormat
from skelgraph.poses import UpAxis
from skelgraph.streaming.live_session import LiveUpdate, PersonStatus
from skelgraph.typing import FloatArray

_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/view.css": ("view.css", "text/css; charset=utf-8"),
    "/view.js": ("view.js", "text/javascript; charset=utf-8"),
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_MOST_BROWSERS = 8
_ALIVE_S = 10.0


class LiveView:
    """Serve the page until it is stopped.

    Args:
        format: Format of the frames, as they come from the source.
        classes: Names of the classes.
        title: What stands above.
        port: The port; 0 for any that is free.

    Raises:
        RunError: If the port cannot be listened to.
    """

    def __init__(
        self, format: PoseFormat, classes: Sequence[str], title: str, *, port: int = 0
    ) -> None:
        self.format = format
        self.classes = tuple(classes)
        self.title = title
        self.num_browsers = 0
        self._changed = Condition()
        self._number = 0
        self._latest = ""
        self._has_ended = False
        self._is_served = False
        try:
            self._server = _ViewServer(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise RunError(
                f"--port {port}: the port cannot be listened to: {error.strerror}; name another"
            ) from error
        self._server.view = self

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def start(self) -> None:
        """Begin to serve."""
        self._is_served = True
        Thread(target=self._server.serve_forever, name="skelgraph-view", daemon=True).start()

    def stop(self) -> None:
        """Tell the browsers that the stream has ended, and serve no more."""
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
        if self._is_served:
            self._server.shutdown()  # waits for the thread
        self._server.server_close()

    def show(self, update: LiveUpdate) -> None:
        """Show what there is after a frame."""
        if not self.num_browsers:
            return
        text = json.dumps(self._describe(update), allow_nan=False)
        with self._changed:
            self._latest = text
            self._number += 1
            self._changed.notify_all()

    def describe_format(self) -> dict[str, Any]:
        """Return what a browser has to know before the first frame."""
        layout = self.format.layout
        return {
            "title": self.title,
            "classes": self.classes,
            "bones": [list(bone) for bone in layout.bones],
        }

    def wait(self, number: int) -> tuple[int, str | None]:
        """Return the number and the text of a frame after a number; no text if none comes soon.

        The number is -1 when the stream has ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._number > number or self._has_ended, _ALIVE_S)
            if self._has_ended:
                return -1, None
            return self._number, self._latest if self._number > number else None

    def _describe(self, update: LiveUpdate) -> dict[str, Any]:
        return {
            "time": update.frame.time_s,
            "frames": update.num_frames,
            "dropped": update.num_dropped,
            "people": [self._describe_person(update, person) for person in update.people],
        }

    def _describe_person(self, update: LiveUpdate, person: PersonStatus) -> dict[str, Any]:
        pose = update.frame.persons.get(person.person)
        joints = [] if pose is None else project(np.asarray(pose.positions), self.format.up)
        probabilities = [round(person.probabilities.get(name, 0.0), 4) for name in self.classes]
        return {
            "person": person.person,
            "answer": person.answer,
            "behind": round(person.behind_s, 3),
            "time": person.time_s,
            "probabilities": probabilities,
            "joints": joints,
        }


def project(positions: FloatArray, up: UpAxis) -> list[list[float] | None]:
    """Return joints (V, C) as pairs of x and y, y down; None for a missing one.

    Example:
        >>> project(np.array([[1.0, 2.0, 3.0], [np.nan] * 3]), "+z")
        [[1.0, -3.0], None]
        >>> project(np.array([[1.0, 2.0]]), "-y")
        [[1.0, 2.0]]
    """
    vertical = "xyz".index(up[1])
    if vertical >= positions.shape[1]:
        vertical = 1
    horizontal = 1 if vertical == 0 else 0
    sign = -1.0 if up[0] == "+" else 1.0
    flat = np.stack([positions[:, horizontal], sign * positions[:, vertical]], axis=1)
    return [
        [round(x, 4), round(y, 4)] if np.isfinite(x) and np.isfinite(y) else None
        for x, y in flat.tolist()
    ]


class _ViewServer(ThreadingHTTPServer):
    daemon_threads = True
    view: LiveView


class _Handler(BaseHTTPRequestHandler):
    server_version = "skelgraph"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30.0

    def do_GET(self) -> None:
        """Answer a request."""
        port = cast(_ViewServer, self.server).server_port
        if self.headers.get("Host") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            self._refuse(HTTPStatus.FORBIDDEN)
        elif self.path == "/events":
            self._stream()
        elif self.path in _FILES:
            self._send_file(*_FILES[self.path])
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal is for answers."""

    @property
    def _view(self) -> LiveView:
        return cast(_ViewServer, self.server).view

    def _send_file(self, name: str, kind: str) -> None:
        content = files("skelgraph.streaming").joinpath("page", name).read_bytes()
        self._begin(HTTPStatus.OK, kind, len(content))
        self.wfile.write(content)

    def _refuse(self, status: HTTPStatus) -> None:
        content = f"{status.value} {status.phrase}\n".encode()
        self._begin(status, "text/plain; charset=utf-8", len(content))
        self.wfile.write(content)

    def _begin(self, status: HTTPStatus, kind: str, length: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _stream(self) -> None:
        view = self._view
        if view.num_browsers >= _MOST_BROWSERS:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        view.num_browsers += 1
        try:
            self._begin(HTTPStatus.OK, "text/event-stream; charset=utf-8", None)
            self._send_event("format", json.dumps(view.describe_format()))
            number = 0
            while number >= 0:
                number, text = view.wait(number)
                if number < 0:
                    self._send_event("end", "")
                elif text is None:
                    self._write(": nothing new\n\n")
                else:
                    self._send_event("frame", text)
        except OSError:  # the browser has gone
            self.close_connection = True
        finally:
            view.num_browsers -= 1
        self.close_connection = True

    def _send_event(self, name: str, data: str) -> None:
        self._write(f"event: {name}\ndata: {data}\n\n")

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()
