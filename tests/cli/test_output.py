import pytest
from skelgraph_cli.output import print_table, reading_progress


def test_progress_writes_nothing_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with reading_progress() as progress:
        progress(1, 2)
        progress(2, 2)
    assert capsys.readouterr() == ("", "")


def test_the_words_of_a_whole_column_are_not_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    row = ("a-long-name-of-a-clip.bvh", "masculine", "100.0%")
    print_table(("clip", "answer", "exhausted"), [row], numeric=[2], whole=[1])
    narrow = capsys.readouterr().out
    assert "masculine" in narrow
    assert max(map(len, narrow.splitlines())) <= 30
