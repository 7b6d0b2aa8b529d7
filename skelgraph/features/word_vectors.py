"""Word vectors in the text format of GloVe: a word and its numbers a line, divided by spaces.

There is no header; word2vec's text format is the same with one, ``<words> <dimensions>``, and is
read as well. A word may itself hold spaces (a few of the 840B file's do): the numbers are counted
from the end of the line. The files are UTF-8 and large (5.6 GB), so that they are read line by
line, inside the zip archive in which GloVe is distributed where they are not unpacked.

Defined by: https://nlp.stanford.edu/projects/glove
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from skelgraph.errors import FeatureError
from skelgraph.features.vocabulary import PAD, Vocabulary
from skelgraph.typing import Float32Array

WORD_DIMENSIONS = 300
_RANGE = 0.25  # of words without a vector, as MDRE has it


@dataclass(frozen=True, kw_only=True, eq=False)
class WordVectors:
    """The vectors with which an embedding of a vocabulary begins.

    Args:
        matrix: Array (len(vocabulary), D): padding is zero; a word that the file lacks, and the
            unknown word, are uniform between -0.25 and 0.25.
        covered: How many words of the vocabulary are in the file.
        coverage: Their share, between 0 and 1; 0 of a vocabulary without a word.
    """

    matrix: Float32Array
    covered: int
    coverage: float


def random_word_vectors(
    vocabulary: Vocabulary, *, dimensions: int = WORD_DIMENSIONS, seed: int = 0
) -> WordVectors:
    """Draw random vectors for all words, if there is no file."""
    matrix = np.random.default_rng(seed).uniform(-_RANGE, _RANGE, (len(vocabulary), dimensions))
    matrix[PAD] = 0
    return WordVectors(matrix=matrix.astype(np.float32), covered=0, coverage=0.0)


def read_word_vectors(path: Path, vocabulary: Vocabulary, *, seed: int = 0) -> WordVectors:
    """Read the vectors of a vocabulary's words; the seed is of words that are not in the file.

    The path is the text file, or a zip archive or a folder that holds it. Of several files there it
    is the one of 300 dimensions.

    Raises:
        FeatureError: If there is no such file, or a line that is needed is malformed.
    """
    vectors: dict[int, Float32Array] = {}
    dimensions = 0
    with _open_lines(path) as (name, lines):
        for number, line in enumerate(lines, start=1):
            if number == 1:
                dimensions = _count_dimensions(line, name)
                if _is_header(line):
                    continue
            word, _, _ = line.partition(b" ")
            index = vocabulary.number_of(word.decode("utf-8", "replace"))
            if index in vectors or index <= 1:
                continue
            head, *values = line.rstrip().rsplit(b" ", dimensions)
            if head == word or len(values) != dimensions:
                vectors[index] = _parse(values, dimensions, f"{name}, line {number}")
    if not dimensions:
        raise FeatureError(f"{path}: expected word vectors, but the file is empty")
    start = random_word_vectors(vocabulary, dimensions=dimensions, seed=seed)
    for index, vector in vectors.items():
        start.matrix[index] = vector
    return WordVectors(
        matrix=start.matrix,
        covered=len(vectors),
        coverage=len(vectors) / len(vocabulary.words) if vocabulary.words else 0.0,
    )


def _parse(values: list[bytes], dimensions: int, where: str) -> Float32Array:
    if len(values) != dimensions:
        raise FeatureError(
            f"{where}: expected a word and {dimensions} numbers, but got {len(values)} numbers"
        )
    try:
        vector = np.array(values, dtype=np.float32)
    except ValueError as error:
        raise FeatureError(f"{where}: expected {dimensions} numbers: {error}") from error
    if not np.isfinite(vector).all():
        raise FeatureError(f"{where}: expected finite numbers, but some are not")
    return vector


def _is_header(line: bytes) -> bool:
    return re.fullmatch(rb"\d+ \d+", line.strip()) is not None


def _count_dimensions(line: bytes, name: str) -> int:
    fields = line.split()
    if _is_header(line) and int(fields[1]) > 0:
        return int(fields[1])
    try:
        np.array(fields[1:], dtype=np.float32)
    except ValueError:
        fields = []
    if len(fields) < 3:
        raise FeatureError(
            f"{name}, line 1: expected a word and its numbers, divided by spaces; "
            "is it a text file of word vectors such as glove.840B.300d.txt?"
        )
    return len(fields) - 1


@contextmanager
def _open_lines(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Open the lines of the file, of the one in a folder, or of the one in a zip archive."""
    try:
        if path.is_dir():
            path = path / _choose([file.name for file in path.iterdir()], path)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                member = _choose(archive.namelist(), path)
                with archive.open(member) as file:
                    yield f"{path}, {member}", file
        else:
            with path.open("rb") as file:
                yield str(path), file
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FeatureError(f"{path}: the word vectors cannot be read: {reason}") from error


def _choose(names: list[str], path: Path) -> str:
    candidates = sorted(name for name in names if name.endswith(".txt"))
    if len(candidates) > 1:
        candidates = [name for name in candidates if f"{WORD_DIMENSIONS}d" in name]
    if len(candidates) != 1:
        raise FeatureError(
            f"{path}: expected one text file of word vectors in it (of several, one with "
            f"'{WORD_DIMENSIONS}d' in its name), but found {sorted(names)[:10]}; name the file"
        )
    return candidates[0]
