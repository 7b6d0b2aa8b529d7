"""Words of a transcript, by the conventions of the Penn Treebank.

Punctuation is a token of its own, contractions come apart (``don't`` is ``do n't``, ``gonna`` is
``gon na``), double quotes become `` and ''. All is lower-case. Word vectors such as GloVe's were
trained on text that was cut in this way, and NLTK's ``word_tokenize``, which MDRE uses, follows
the same conventions.

Where a sentence ends inside a text is told by its periods; those of titles, initials and
abbreviations such as ``u.s.`` stay with their words.

The conventions: Penn Treebank tokenization, University of Pennsylvania, 1999.
"""

import re

_ALONE = r"""$#@%&*;?!(){}\[\]<>"\u2013\u2014\u2026"""  # always a token of its own
_TOKEN = re.compile(
    rf"""
    (?P<sign> \.{{2,}} | -{{2,}} | `` | '' | [:,](?!\d) | [{_ALONE}] )
    | (?P<word> (?: [^\s:,.'{_ALONE}-] | [:,](?=\d) | \.(?!\.) | -(?!-) | '(?!') )+ )
    """,
    re.VERBOSE,
)
_CURLY = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_ENDING = re.compile(r"(?P<stem>.+?)(?P<ending>n't|'(?:s|m|d|ll|re|ve))")
_FIXED = {
    "cannot": ("can", "not"),
    "d'ye": ("d", "'ye"),
    "gimme": ("gim", "me"),
    "gonna": ("gon", "na"),
    "gotta": ("got", "ta"),
    "lemme": ("lem", "me"),
    "more'n": ("more", "'n"),
    "wanna": ("wan", "na"),
    "'tis": ("'t", "is"),
    "'twas": ("'t", "was"),
}
_TITLES = frozenset({"mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "jr.", "sr.", "vs.", "etc."})
_INITIALS = re.compile(r"(?:[^\W\d]\.){2,}|[^\W\d]\.")
_OPENING = frozenset("([{<")


def tokenize(text: str) -> tuple[str, ...]:
    """Split a text into tokens.

    Example:
        >>> tokenize("I don't know, Mr. Smith. We're gonna...")
        ('i', 'do', "n't", 'know', ',', 'mr.', 'smith', '.', 'we', "'re", 'gon', 'na', '...')
    """
    text = text.lower().translate(_CURLY)
    end = len(text.rstrip(" \t\n\r\"')]}>"))
    tokens: list[str] = []
    for match in _TOKEN.finditer(text):
        if match["sign"] == '"':
            before = text[max(0, match.start() - 1) : match.start()]
            tokens.append("``" if not before or before.isspace() or before in _OPENING else "''")
        elif match["sign"]:
            tokens.append(match["sign"])
        else:
            tokens += _split_word(match["word"], is_last=match.end() >= end)
    return tuple(tokens)


def _split_word(word: str, *, is_last: bool) -> list[str]:
    """Split a word's period, closing quote and contractions off it."""
    after: list[str] = []
    while len(word) > 1 and (word.endswith("'") or _ends_in_a_period(word, is_last=is_last)):
        after.insert(0, word[-1])
        word = word[:-1]
    if word in _FIXED:
        return [*_FIXED[word], *after]
    while match := _ENDING.fullmatch(word):
        after.insert(0, match["ending"])
        word = match["stem"]
    return [word, *after]


def _ends_in_a_period(word: str, *, is_last: bool) -> bool:
    """Whether a word ends in a period that ends a sentence; that of an abbreviation need not."""
    if not word.endswith("."):
        return False
    return is_last or not (word in _TITLES or _INITIALS.fullmatch(word))
