"""The filters over time by their names."""

from typing import get_args

from skelgraph.config import FilterName
from skelgraph.errors import PoseError
from skelgraph.poses.filtering import low_pass
from skelgraph.poses.one_euro_filter import one_euro
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.poses.savitzky_golay_filter import savitzky_golay


def smooth(
    sequence: PoseSequence,
    name: FilterName = "butterworth",
    *,
    cutoff_hz: float = 6.0,
    order: int = 4,
    window_s: float = 0.25,
    degree: int = 2,
    min_cutoff_hz: float = 1.0,
    beta_per_m: float = 10.0,
) -> PoseSequence:
    """The same recording smoothed by the filter of that name, each with its own settings.

    All of them treat each run of frames in which a joint is there as a recording of its own, so
    that a gap stays what it is and nothing crosses it; none changes a joint that rests.

    =============== ============================================== ====================
    name            filter                                         settings
    =============== ============================================== ====================
    ``butterworth`` zero-phase Butterworth, :func:`low_pass`       cutoff, order
    ``savgol``      Savitzky-Golay, :func:`savitzky_golay`         window, degree
    ``one-euro``    1 Euro, :func:`one_euro`; causal, so it lags   least cutoff, beta
    ``none``        none: the recording itself
    =============== ============================================== ====================

    Args:
        sequence: The recording.
        name: The filter.
        cutoff_hz: Cutoff of the Butterworth filter in Hz; the paper names none. 6 Hz is usual for
            the movement of limbs (Winter, as in :func:`low_pass`).
        order: Order of its two passes together; even.
        window_s: Window of Savitzky-Golay in seconds.
        degree: Degree of its polynomials.
        min_cutoff_hz: Cutoff of the 1 Euro filter at rest in Hz; 1 Hz is where its authors begin.
        beta_per_m: How many Hz it grows for each m/s of a joint's speed.

    Raises:
        PoseError: If there is no such filter, or a setting of it is out of its range.
    """
    check_filter(name)
    if name == "none":
        return sequence
    if name == "savgol":
        return savitzky_golay(sequence, window_s=window_s, degree=degree)
    if name == "one-euro":
        return one_euro(sequence, min_cutoff_hz=min_cutoff_hz, beta_per_m=beta_per_m)
    return low_pass(sequence, cutoff_hz=cutoff_hz, order=order)


def check_filter(name: str) -> None:
    """Checks that there is a filter of that name.

    Raises:
        PoseError: If there is none.
    """
    if name not in get_args(FilterName):
        raise PoseError(f"expected a filter of {get_args(FilterName)}, but got {name!r}")
