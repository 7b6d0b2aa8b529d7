"""Record the source files in which a command calls a function, in a process of its own.

Usage::

    python call_recorder.py OUT.json train --data my_folder

Bodies of modules and classes, comprehensions and lambdas are no functions here: they run when a
file is imported, whether it is needed or not. Other processes that the command starts are not
recorded.
"""

import inspect
import json
import runpy
import sys
import threading
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, FrameType

_FLAGS = inspect.CO_OPTIMIZED | inspect.CO_NEWLOCALS


def is_function(code: CodeType) -> bool:
    """Return whether code is the body of a function with a name."""
    return not code.co_name.startswith("<") and code.co_flags & _FLAGS == _FLAGS


def record_calls(action: Callable[[], object], files: set[str]) -> None:
    """Run an action, and add the file of each function that it calls, in any thread."""
    if sys.version_info >= (3, 12):
        _monitor(action, files)
    else:
        _profile(action, files)


def _monitor(action: Callable[[], object], files: set[str]) -> None:
    monitoring = sys.monitoring
    tool, event = monitoring.PROFILER_ID, monitoring.events.PY_START

    def note(code: CodeType, offset: int) -> object:
        if is_function(code):
            files.add(code.co_filename)
        return monitoring.DISABLE  # a second call of the same code tells nothing new

    monitoring.use_tool_id(tool, "call recorder")
    monitoring.register_callback(tool, event, note)
    monitoring.restart_events()  # of code that an earlier recording has seen
    monitoring.set_events(tool, event)
    try:
        action()
    finally:
        monitoring.free_tool_id(tool)


def _profile(action: Callable[[], object], files: set[str]) -> None:
    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and is_function(frame.f_code):
            files.add(frame.f_code.co_filename)

    class Finder(MetaPathFinder):
        """Profiles on: Python 3.11 stops for good if a callback meets the recursion limit."""

        def find_spec(self, *arguments: object) -> None:
            if sys.getprofile() is None:
                sys.setprofile(note)

    finder = Finder()
    sys.meta_path.insert(0, finder)
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        sys.meta_path.remove(finder)


def run_command() -> None:
    """Run ``skelgraph`` with the words of ``sys.argv``, as ``python -m skelgraph_cli`` does."""
    runpy.run_module("skelgraph_cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    out, *words = sys.argv[1:]
    sys.argv = ["skelgraph", *words]
    called: set[str] = set()
    try:
        record_calls(run_command, called)
    finally:
        Path(out).write_text(json.dumps(sorted(called)))
