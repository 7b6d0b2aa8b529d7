"""Entry point of the command, also as ``python -m skelgraph_cli``."""

from .command import skelgraph


def main() -> None:
    """Runs the command."""
    skelgraph(prog_name="skelgraph")


if __name__ == "__main__":
    main()
