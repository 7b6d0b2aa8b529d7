"""Word vectors from files as GloVe and word2vec have them."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FeatureError
from skelgraph.features import Vocabulary, WordVectors, random_word_vectors, read_word_vectors

GLOVE = "the 0.1 0.2 0.3\n. 1 2 3\n. . . 7 7 7\nübel -1 -2 -3e-1\nthe 9 9 9\n"


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary(words=("the", "übel", ".", "unheard"))


def write(folder: Path, text: str, name: str = "glove.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def check(vectors: WordVectors) -> None:
    assert vectors.matrix.shape == (6, 3)
    assert vectors.matrix.dtype == np.float32
    assert (vectors.covered, vectors.coverage) == (3, 0.75)
    np.testing.assert_array_equal(vectors.matrix[0], [0, 0, 0])
    np.testing.assert_allclose(vectors.matrix[2:5], [[0.1, 0.2, 0.3], [-1, -2, -0.3], [1, 2, 3]])
    for row in (1, 5):  # the unknown word, and one that the file lacks
        assert 0 < np.abs(vectors.matrix[row]).max() <= 0.25


def test_a_text_file(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = write(tmp_path, GLOVE)
    check(read_word_vectors(path, vocabulary))
    first, second = (read_word_vectors(path, vocabulary, seed=seed).matrix for seed in (1, 1))
    np.testing.assert_array_equal(first, second)
    other = read_word_vectors(path, vocabulary, seed=2).matrix
    assert (other[5] != first[5]).all()
    np.testing.assert_array_equal(other[2:5], first[2:5])


def test_the_header_of_word2vec(tmp_path: Path, vocabulary: Vocabulary) -> None:
    text = "5 3\n" + GLOVE.replace("\n", " \n")  # it also ends its lines in a space
    check(read_word_vectors(write(tmp_path, text), vocabulary))


def test_lines_of_windows_and_a_last_line_without_end(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    path = tmp_path / "glove.txt"
    path.write_bytes(GLOVE.rstrip().replace("\n", "\r\n").encode())
    check(read_word_vectors(path, vocabulary))


def test_a_zip_archive_and_a_folder(tmp_path: Path, vocabulary: Vocabulary) -> None:
    with zipfile.ZipFile(tmp_path / "glove.zip", "w") as archive:
        archive.writestr("glove.6B.50d.txt", "the 1\n")
        archive.writestr("glove.6B.300d.txt", GLOVE)
    check(read_word_vectors(tmp_path / "glove.zip", vocabulary))
    write(tmp_path, GLOVE)
    write(tmp_path, "x", "readme.md")
    check(read_word_vectors(tmp_path, vocabulary))


def test_a_word_named_like_a_number_of_our_own(tmp_path: Path) -> None:
    vectors = read_word_vectors(write(tmp_path, GLOVE), Vocabulary(words=("unheard",)))
    assert (vectors.covered, vectors.coverage) == (0, 0.0)
    assert read_word_vectors(write(tmp_path, GLOVE), Vocabulary(words=())).coverage == 0.0


def test_random_vectors() -> None:
    vectors = random_word_vectors(Vocabulary(words=tuple("abcdefgh")), dimensions=50, seed=3)
    assert (vectors.covered, vectors.coverage) == (0, 0.0)
    assert vectors.matrix.shape == (10, 50)
    assert not vectors.matrix[0].any()
    assert -0.25 <= vectors.matrix.min() < -0.2 < 0.2 < vectors.matrix.max() <= 0.25


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 1 2 3\nthe 1 2\n", r"glove\.txt, line 2: expected a word and 3 numbers, but got 2"),
        ("a 1 2 3\nthe 1 2 x\n", r"line 2: expected 3 numbers"),
        ("a 1 2 3\nthe 1 2 nan\n", "line 2: expected finite numbers"),
        ("This is a letter to you\n", "line 1: expected a word and its numbers"),
        ("\n", "line 1: expected a word and its numbers"),
        ("", "the file is empty"),
    ],
)
def test_malformed_files(tmp_path: Path, vocabulary: Vocabulary, text: str, message: str) -> None:
    with pytest.raises(FeatureError, match=message):
        read_word_vectors(write(tmp_path, text), vocabulary)


def test_files_that_cannot_be_read(tmp_path: Path, vocabulary: Vocabulary) -> None:
    with pytest.raises(FeatureError, match=r"missing\.txt: .*No such file"):
        read_word_vectors(tmp_path / "missing.txt", vocabulary)
    (tmp_path / "vectors.bin").write_bytes(bytes(range(256)) * 8)
    with pytest.raises(FeatureError, match="line 1: expected a word"):
        read_word_vectors(tmp_path / "vectors.bin", vocabulary)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("one.txt", GLOVE)
        archive.writestr("two.txt", GLOVE)
    with pytest.raises(FeatureError, match=r"expected one text file .* name the file"):
        read_word_vectors(tmp_path / "two.zip", vocabulary)
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("glove.txt", GLOVE * 1000)
    content = bytearray((tmp_path / "bad.zip").read_bytes())
    content[60:90] = b"\xff" * 30
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(FeatureError, match="cannot be read"):
        read_word_vectors(tmp_path / "bad.zip", vocabulary)
