import pytest

from skelgraph.evaluation import TakeSpan, find_time_overlaps


def cut(take: str, start: int, end: int, fps: float = 30.0) -> TakeSpan:
    return TakeSpan(take=take, start=start, end=end, fps=fps)


def find(*spans: TakeSpan | None) -> list[tuple[int, int, float]]:
    return [(pair.first, pair.second, pair.seconds) for pair in find_time_overlaps(spans)]


@pytest.mark.parametrize(
    ("start", "seconds"), [(30, 1.0), (45, 0.5), (59, 1 / 30), (60, 0.0), (61, 0.0), (62, None)]
)
def test_the_time_that_two_clips_share(start: int, seconds: float | None) -> None:
    expected = [] if seconds is None else [(0, 1, pytest.approx(seconds))]
    assert find(cut("a", 0, 60), cut("a", start, start + 60)) == expected
    assert find(cut("a", start, start + 60), cut("a", 0, 60)) == expected


def test_a_clip_inside_another_and_one_after_both() -> None:
    spans = [cut("a", 0, 90), cut("a", 30, 60), cut("a", 75, 120), cut("a", 200, 210)]
    assert find(*spans) == [(0, 1, 1.0), (0, 2, 0.5)]


def test_other_takes_and_whole_files_share_nothing() -> None:
    assert find(cut("a", 0, 60), cut("b", 0, 60), None, None) == []
    assert find() == []
