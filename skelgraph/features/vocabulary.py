"""The words of a network's vocabulary, by their numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FeatureError

PAD, UNKNOWN = 0, 1
MAX_TOKENS = 128


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Numbers of words: 0 is padding, 1 any word that is not in it, the first word is 2.

    It is made of the transcripts that it is given and of nothing else: give it those of the
    training part alone, so that words of the test part are as unknown as they will be in use.

    Args:
        words: The words; none twice.
        max_tokens: Longer transcripts are cut there.

    Raises:
        FeatureError: If a word is there twice, or fewer than one token is allowed.
    """

    words: tuple[str, ...]
    max_tokens: int = MAX_TOKENS

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise FeatureError(f"max_tokens: expected at least 1, but got {self.max_tokens}")
        if len(self._numbers) != len(self.words):
            twice = next(word for word, count in Counter(self.words).items() if count > 1)
            raise FeatureError(f"a vocabulary has each word once, but {twice!r} is there twice")

    def __len__(self) -> int:
        """Return the number of entries, with padding and the unknown word."""
        return len(self.words) + 2

    @classmethod
    def build(
        cls, token_lists: Iterable[Iterable[str]], *, max_tokens: int = MAX_TOKENS
    ) -> "Vocabulary":
        """Build the vocabulary of tokenized transcripts, the most frequent word first.

        Example:
            >>> vocabulary = Vocabulary.build([("i", "see", "."), ("i", "do", ".")])
            >>> vocabulary.words
            ('.', 'i', 'do', 'see')
            >>> vocabulary.encode(("i", "hear", ".")).tolist()
            [3, 1, 2]
        """
        counts = Counter(token for tokens in token_lists for token in tokens)
        words = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(words=tuple(words), max_tokens=max_tokens)

    def encode(self, tokens: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the numbers (L,) of tokens, with 1 <= L <= ``max_tokens``.

        A transcript without a token is one unknown word: something was said of which nothing is
        known. That a clip has no transcript at all is not for here to say.
        """
        known = [self._numbers.get(token, UNKNOWN) for token in tokens[: self.max_tokens]]
        return np.array(known or [UNKNOWN], dtype=np.int64)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold, which :meth:`from_dict` takes."""
        return {"words": list(self.words), "max_tokens": self.max_tokens}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Vocabulary":
        """Restore the vocabulary that :meth:`to_dict` wrote.

        Raises:
            FeatureError: If the values are others than those.
        """
        words, max_tokens = values.get("words"), values.get("max_tokens")
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise FeatureError("a vocabulary has a list of words, but there is none in the values")
        if not isinstance(max_tokens, int):
            raise FeatureError(f"a vocabulary has max_tokens, a number, but got {max_tokens!r}")
        return cls(words=tuple(words), max_tokens=max_tokens)

    def number_of(self, word: str) -> int:
        """Return the number of a word: 1 if it is unknown."""
        return self._numbers.get(word, UNKNOWN)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, start=2)}
