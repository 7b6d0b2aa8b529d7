"""Clips that are cut from one take and overlap or touch in time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

_TOUCHING_FRAMES = 1
_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class TakeSpan:
    """The part of a long take from which a clip is cut.

    Args:
        take: Name of the take: the file, and the person if there are several.
        start: Number of the first frame.
        end: Number of the frame after the last one.
        fps: Frames per second of the take.
    """

    take: str
    start: int
    end: int
    fps: float


@dataclass(frozen=True, kw_only=True)
class TimeOverlap:
    """Two clips of one take that overlap in time, or follow each other without a pause.

    Args:
        first: Number of one clip.
        second: Number of the other, larger.
        seconds: Length of what they share; 0 if they only touch.
    """

    first: int
    second: int
    seconds: float

    def describe(self, names: Sequence[str]) -> str:
        """Return both clips' names and what they share.

        Example:
            >>> TimeOverlap(first=0, second=1, seconds=1.25).describe(["walk", "sit"])
            'walk and sit (1.25 s)'
            >>> TimeOverlap(first=0, second=1, seconds=0).describe(["walk", "sit"])
            'walk and sit'
        """
        shared = f" ({self.seconds:.2f} s)" if self.seconds else ""
        return f"{names[self.first]} and {names[self.second]}{shared}"


def find_time_overlaps(spans: Sequence[TakeSpan | None]) -> tuple[TimeOverlap, ...]:
    """Find the clips that overlap or touch in one take.

    Clips touch if at most one frame lies between them: many tools name the last frame of a clip
    instead of the frame after it.

    Args:
        spans: Where each clip is cut from; None for a clip that is cut from nothing.

    Returns:
        One entry for each pair of clips, in the order of their numbers.

    Example:
        >>> def cut(start, end):
        ...     return TakeSpan(take="a.bvh", start=start, end=end, fps=30.0)
        >>> pairs = find_time_overlaps([cut(0, 60), None, cut(60, 90), cut(45, 60)])
        >>> [(pair.first, pair.second, pair.seconds) for pair in pairs]
        [(0, 2, 0.0), (0, 3, 0.5), (2, 3, 0.0)]
    """
    takes: dict[str, list[tuple[int, int, float, int]]] = defaultdict(list)
    for clip, span in enumerate(spans):
        if span is not None:
            takes[span.take].append((span.start, span.end, span.fps, clip))
    pairs = []
    for clips in takes.values():
        clips.sort()
        for number, (_, end, fps, clip) in enumerate(clips):
            for start, other_end, _, other in clips[number + 1 :]:
                if start - end > _TOUCHING_FRAMES:
                    break
                shared = max(0, min(end, other_end) - start) / fps
                first, second = sorted((clip, other))
                pairs.append(TimeOverlap(first=first, second=second, seconds=shared))
    return tuple(sorted(pairs, key=lambda pair: (pair.first, pair.second)))


def describe_overlaps(spans: Sequence[TakeSpan | None], names: Sequence[str]) -> str | None:
    """Return a sentence on the clips that overlap in time, which may be meant; None if none do.

    Example:
        >>> spans = [TakeSpan(take="a.bvh", start=n, end=n + 60, fps=30.0) for n in (0, 45)]
        >>> describe_overlaps(spans, ["walk", "turn"])
        '2 clips of one take overlap in time: walk and turn (0.50 s)'
    """
    overlaps = [pair for pair in find_time_overlaps(spans) if pair.seconds]
    if not overlaps:
        return None
    count = f"{len(overlaps)} pairs of clips" if len(overlaps) > 1 else "2 clips"
    some = ", ".join(pair.describe(names) for pair in overlaps[:_MOST_NAMED])
    left = len(overlaps) - _MOST_NAMED
    more = f" and {left} more" if left > 0 else ""
    return f"{count} of one take overlap in time: {some}{more}"
