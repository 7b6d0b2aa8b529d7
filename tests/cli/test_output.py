import pytest
from skelgraph_cli.output import reading_progress


def test_progress_writes_nothing_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with reading_progress() as progress:
        progress(1, 2)
        progress(2, 2)
    assert capsys.readouterr() == ("", "")
