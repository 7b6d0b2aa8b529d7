"""What goes wrong with single frames, told without an end of the stream."""

from collections import Counter
from collections.abc import Callable
from threading import Lock


class Notices:
    """Tell a user what was left out, one line for each time, up to some of a kind.

    Several threads may use it.

    Args:
        tell: Shows a line.
        most: Lines of a kind that are shown; further ones are counted.

    Example:
        >>> notices = Notices(print, most=1)
        >>> for number in (3, 7, 9):
        ...     notices.tell("malformed lines", f"line {number}: expected JSON")
        line 3: expected JSON
        malformed lines: further ones are counted and not shown
        >>> notices.summary
        'malformed lines: 3'
    """

    def __init__(self, tell: Callable[[str], None], *, most: int = 10) -> None:
        self.most = most
        self.counts: Counter[str] = Counter()
        self._tell = tell
        self._lock = Lock()

    def tell(self, kind: str, text: str) -> None:
        """Show a line about something of a kind, and count it."""
        with self._lock:
            self.counts[kind] += 1
            number = self.counts[kind]
            if number <= self.most:
                self._tell(" ".join(text.split()))
            elif number == self.most + 1:
                self._tell(f"{kind}: further ones are counted and not shown")

    def note(self, text: str) -> None:
        """Show a line that is not counted."""
        with self._lock:
            self._tell(" ".join(text.split()))

    @property
    def summary(self) -> str:
        """How often something of each kind has happened; empty if nothing has."""
        return ", ".join(f"{kind}: {count}" for kind, count in self.counts.items())
