"""Settings of the windows of a long recording."""

from typing import Annotated

from skelgraph.config.choices import Positive
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings
from skelgraph.errors import RunError

USUAL_WINDOW_S = 4.0
"""Length of a window if only a hop or a timeline is asked for."""

_HOPS = 4


class WindowSettings(Settings, frozen=True, kw_only=True):
    """Settings of the windows of a long recording.

    Args:
        window_s: Length in seconds of the windows that a long recording is cut into.
        hop_s: Seconds from one window to the next.
    """

    window_s: Annotated[
        Positive | None,
        Option(
            flag="--window",
            metavar="SECONDS",
            default=f"none; {USUAL_WINDOW_S:g} with --hop or --timeline",
        ),
    ] = None
    hop_s: Annotated[
        Positive | None,
        Option(flag="--hop", metavar="SECONDS", default="a quarter of a window"),
    ] = None

    @property
    def length_s(self) -> float:
        """Length of a window in seconds."""
        return USUAL_WINDOW_S if self.window_s is None else self.window_s

    @property
    def step_s(self) -> float:
        """Seconds from one window to the next."""
        return self.length_s / _HOPS if self.hop_s is None else self.hop_s

    @property
    def is_asked_for(self) -> bool:
        """Whether recordings are to be cut into windows."""
        return self.window_s is not None or self.hop_s is not None

    def check_together(self) -> None:
        """Check that windows leave nothing out.

        Raises:
            RunError: If a hop is longer than a window.
        """
        if self.step_s > self.length_s:
            raise RunError(
                f"--hop {self.step_s:g} is longer than --window {self.length_s:g}: what lies "
                f"between two windows would be in none; pass a hop of {self.length_s:g} or less"
            )
