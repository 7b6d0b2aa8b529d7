"""What a cross-validation shows while its folds are trained."""

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from skelgraph.training import Shown


class FoldProgress:
    """Show a line on stderr for each fold that has ended, and a bar on a terminal.

    Args:
        total: Trainings to be done.
        show: ``"nothing"`` for neither.
    """

    def __init__(self, total: int, show: Shown) -> None:
        self.shown = show != "nothing"
        console = Console(stderr=True)
        self.bar: Progress | None = None
        if show == "progress" and console.is_terminal and total:
            columns = (TextColumn("folds"), BarColumn(bar_width=24), MofNCompleteColumn())
            self.bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
            self.task = self.bar.add_task("folds", total=total)

    def __enter__(self) -> "FoldProgress":
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def advance(self, line: str) -> None:
        """Show the line of a fold that has ended."""
        if self.bar is not None:
            self.bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
            self.bar.advance(self.task)
        elif self.shown:
            print(line, file=sys.stderr, flush=True)
