"""Entry point of the command, also as ``python -m skelgraph_cli``."""

import os

from .command import skelgraph


def main() -> None:
    """Runs the command."""
    # Threads of GNU OpenMP, torch's on Linux, wait in a loop that on a shared machine can outlast
    # another process's turn, thousands of times a second. A short wait costs nothing on a quiet one.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    skelgraph(prog_name="skelgraph")


if __name__ == "__main__":
    main()
