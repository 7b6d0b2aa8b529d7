from pathlib import Path

import pytest

from skelgraph.data.labels_file import LabeledFile, read_labels
from skelgraph.errors import DatasetError


@pytest.fixture
def labels_csv(tmp_path: Path):
    def write(content: str | bytes) -> Path:
        path = tmp_path / "labels.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_columns_are_found_by_name(labels_csv, separator: str, encoding: str) -> None:
    table = (
        "Label,comment, FILE ,Subject,Recording,SPLIT\r\n"
        "joy,fine,sub/ä.bvh,Ann,take 1,Train\r\n"
        "\r\n"
        "sad,,b.csv,,,validation\r\n"
    )
    path = labels_csv(table.replace(",", separator).encode(encoding))
    assert read_labels(path) == (
        LabeledFile("sub/ä.bvh", "joy", subject="Ann", recording="take 1", part="train", line=2),
        LabeledFile("b.csv", "sad", part="val", line=4),
    )


def test_fields_may_be_quoted_and_lines_shorter_or_padded(labels_csv) -> None:
    path = labels_csv('file,label,subject\n"a, b.bvh",joy\nfolder\\c.bvh,sad,Ann,,\n')
    assert read_labels(path) == (
        LabeledFile("a, b.bvh", "joy", line=2),
        LabeledFile("folder/c.bvh", "sad", subject="Ann", line=3),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "first line file,label, but the file is empty"),
        ("\n\n", "the file is empty"),
        ("file,label\n", "it lists no files"),
        ("name,emotion\na,b\n", "but 'name,emotion' lacks file and label"),
        ("file,emotion\na,b\n", "but 'file,emotion' lacks label"),
        ("file,label,Label\na,b,c\n", "repeats label"),
        ("file,label\na.bvh,\n,joy\n", "line 2 has no label, line 3 has no file"),
        ("file,label\na.bvh,joy,too,much\n", "line 2 has 4 fields, but the header has 2"),
        ("file,label\na.bvh,joy\na.bvh,sad\n", "'a.bvh' is listed 2 times"),
        (
            "file,label,split\na,joy,tset\n",
            "the split is 'tset' instead of train, val, test in line 2",
        ),
        ("file,label,split\na,joy,test\nb,joy,\n", "1 of 2 files have no split"),
        ("file,label,fps\na,joy,30\nb,joy,-1\n", "line 3 has no positive number as fps, but '-1'"),
        (b"file,label\n\xe4.bvh,joy\n", "expected CSV in UTF-8, but it cannot be read"),
    ],
)
def test_wrong_files_are_errors_that_name_the_line(labels_csv, content, message: str) -> None:
    path = labels_csv(content)
    with pytest.raises(DatasetError, match=message) as caught:
        read_labels(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_of_many_problems_the_first_are_shown(labels_csv) -> None:
    path = labels_csv("file,label\n" + "".join(f"{i}.bvh,\n" for i in range(8)))
    with pytest.raises(DatasetError, match=r"line 6 has no label and 3 more$"):
        read_labels(path)
