import os
import subprocess
import sys

import pytest

_PROGRAM = """
import os, sys
import click
from skelgraph.errors import SkelgraphError
from skelgraph_cli.native_log import set_native_log_aside

try:
    with set_native_log_aside():
        os.write(2, b"compiled\\n")
        print("interpreted", file=sys.stderr)
        {then}
except ({error}) as error:
    print(type(error).__name__, file=sys.stderr)
os.write(2, b"after\\n")
print("as before", file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("then", "error", "debug", "shown"),
    [
        ("pass", "()", "", ["interpreted", "after", "as before"]),
        (
            "raise SkelgraphError('bad input')",
            "SkelgraphError",
            "",
            ["interpreted", "SkelgraphError", "after", "as before"],
        ),
        (
            "1 / 0",
            "ZeroDivisionError",
            "",
            ["interpreted", "compiled", "ZeroDivisionError", "after", "as before"],
        ),
        ("pass", "()", "1", ["compiled", "interpreted", "after", "as before"]),
    ],
)
def test_only_a_defect_shows_what_compiled_libraries_wrote(
    then: str, error: str, debug: str, shown: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(then=then, error=error)],
        env={**os.environ, "SKELGRAPH_TRACEBACK": debug},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines() == shown
    assert done.stdout == ""
