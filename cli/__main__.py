"""Entry point of the command, also as ``python -m skelgraph_cli``."""

import os

from .command import skelgraph


def main() -> None:
    """Run the command."""
    # GNU OpenMP, torch's on Linux, has idle threads spin for long. On a shared machine they then
    # take the turns of those that work: three times slower than one thread. A short spin loses
    # nothing on a quiet machine.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    skelgraph(prog_name="skelgraph")


if __name__ == "__main__":
    main()
