"""What ``skelgraph stream`` shows: a line for each person in a terminal, else a line a change."""

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

    from skelgraph.prediction import TimelineWindow
    from skelgraph.streaming import LiveUpdate, PersonStatus

_REFRESH_S = 0.1
_REPEAT_S = 10.0
"""An answer that does not change is printed again after so many seconds of the stream."""
_BAR = 20
_MARGIN_LINES = 3


class LiveDisplay:
    """Show answers as they come; to be entered when the stream begins.

    Args:
        is_quiet: Whether nothing is shown but notices.
        as_json: Whether a line of JSON is printed for each answer.
    """

    def __init__(self, *, is_quiet: bool = False, as_json: bool = False) -> None:
        self.is_quiet = is_quiet
        self.as_json = as_json
        self._live: Live | None = None
        self._shown_s = 0.0
        self._printed: dict[str, tuple[str | None, float]] = {}

    def __enter__(self) -> "LiveDisplay":
        """Begin to draw, if stdout is a terminal."""
        if not self.is_quiet and not self.as_json:
            from rich.console import Console
            from rich.live import Live

            console = Console(highlight=False, markup=False)
            if console.is_terminal:
                self._live = Live(
                    console=console,
                    auto_refresh=False,
                    transient=True,
                    redirect_stdout=False,
                    redirect_stderr=False,
                )
                self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove what was drawn."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def notice(self, text: str) -> None:
        """Show a line on stderr; from any thread."""
        if self._live is not None and sys.stderr.isatty():
            self._live.console.print(f"note: {text}")  # above what is drawn
        else:
            click.echo(f"note: {text}", err=True)

    def show(self, update: "LiveUpdate") -> None:
        """Show what there is after a frame."""
        if self.is_quiet:
            return
        if self.as_json:
            self._print_json(update)
        elif self._live is None:
            self._print_changes(update)
        else:
            self.show_segments(update.segments)
            if time.monotonic() - self._shown_s >= _REFRESH_S:
                self._shown_s = time.monotonic()
                most = self._live.console.height - _MARGIN_LINES
                self._live.update(draw_update(update, max(most, 1)), refresh=True)

    def show_segments(self, segments: "Sequence[tuple[str, TimelineWindow]]") -> None:
        """Print what has ended above what is drawn, if stdout is a terminal."""
        if self._live is None:
            return
        for name, segment in segments:
            share = segment.probabilities.get(segment.answer)
            said = segment.answer if share is None else f"{segment.answer} {share:.0%}"
            times = f"{segment.start_s:.1f} to {segment.end_s:.1f} s"
            self._live.console.print(f"{times:>18}  {_fit(f'person {name}', 14)}  {said}")

    def _print_json(self, update: "LiveUpdate") -> None:
        from skelgraph.streaming import describe_answer

        for person in update.people:
            if person.is_new:
                click.echo(describe_answer(person, update.num_dropped))

    def _print_changes(self, update: "LiveUpdate") -> None:
        for person in update.people:
            answer, time_s = self._printed.get(person.person, (None, -_REPEAT_S))
            changes = person.answer != answer or person.time_s - time_s >= _REPEAT_S
            if person.is_new and changes:
                self._printed[person.person] = (person.answer, person.time_s)
                click.echo(
                    f"{person.time_s:8.2f} s  person {person.person}: {person.answer} "
                    f"{person.probability or 0:.0%}, {person.behind_s:.2f} s behind, "
                    f"{update.num_dropped} dropped"
                )
        there = {person.person for person in update.people}
        self._printed = {name: last for name, last in self._printed.items() if name in there}


def draw_update(update: "LiveUpdate", most: int) -> "Text":
    """Return a line for each person, up to some of them, and one of the stream."""
    from rich.text import Text

    lines = [_draw_person(person) for person in update.people[:most]]
    if len(update.people) > most:
        lines.append(Text(f"and {len(update.people) - most} others"))
    if not lines:
        lines = [Text("nobody is there", style="dim")]
    counts = f"{update.num_frames} frames  {update.num_dropped} dropped"
    lines.append(Text(f"{update.frame.time_s:.1f} s  {counts}  Ctrl-C ends", style="dim"))
    return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)


def _draw_person(person: "PersonStatus") -> "Text":
    """Return a line of less than 80 columns."""
    from rich.text import Text

    name = _fit(f"person {person.person}", 14)
    if person.answer is None or person.probability is None:
        return Text.assemble((name, "bold"), "  ", ("no answer yet", "dim"))
    filled = round(_BAR * person.probability)
    return Text.assemble(
        (name, "bold"),
        "  ",
        (_fit(person.answer, 16), "bold green"),
        f" {person.probability:4.0%} ",
        ("█" * filled, "green"),
        ("░" * (_BAR - filled), "dim"),
        f"  {person.behind_s:5.2f} s behind",
    )


def _fit(text: str, width: int) -> str:
    """Return a text of a width, cut or filled; control characters become blanks.

    Example:
        >>> _fit("sadness", 9), _fit("contentment", 9)
        ('sadness  ', 'contentm…')
    """
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"{plain[: width - 1]}…" if len(plain) > width else plain.ljust(width)
