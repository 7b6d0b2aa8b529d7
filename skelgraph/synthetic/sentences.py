"""Sentences without sense, some of whose words tell of an emotion."""

import numpy as np


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_PLAIN = _split(
    "the a to of and in that it is was we they you he she this what there when with from about "
    "have been will would could should then them just some here more than only also over after "
    "back into out up at on for but so if"
)
_TELLING: dict[str, tuple[str, ...]] = {
    "angry": _split("stupid hate stop never enough ridiculous damn blame lied furious"),
    "happy": _split("great love wonderful married excited laugh amazing yes birthday win"),
    "sad": _split("sorry miss gone died alone cry lost goodbye funeral tired"),
    "neutral": _split("form line number paper office street table desk tuesday copy"),
}
"""Words that tell of each emotion."""
_SPELLED = (
    "Over at the {0} café, {1}.",
    "Señor, {1}; {0}.",
    "Listen: {0}, {1}.",
    "{0}... {1}!",
    "{0}, you said: {1}?",
)
_TELLING_SHARE = 0.34


def write_sentence(generator: np.random.Generator, emotion: str, num_words: int) -> str:
    """A sentence of about so many words, of which a third tell of an emotion.

    Now and then it has a colon, or a letter that ASCII does not have.
    """
    told = max(2, round(_TELLING_SHARE * num_words))
    words = [
        *generator.choice(_TELLING[emotion], told),
        *generator.choice(_PLAIN, max(num_words - told, 1)),
    ]
    spoken = [str(word) for word in generator.permutation(words)]
    if generator.uniform() < 0.2:
        half = max(len(spoken) // 2, 1)
        form = _SPELLED[generator.integers(len(_SPELLED))]
        return form.format(" ".join(spoken[:half]), " ".join(spoken[half:]))
    return " ".join(spoken).capitalize() + "."
