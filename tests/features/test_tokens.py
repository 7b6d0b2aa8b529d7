"""Tokens by the conventions of the Penn Treebank."""

import pytest

from skelgraph.features import tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Excuse me.", "excuse me ."),
        ("I don't know, can't you?", "i do n't know , ca n't you ?"),
        ("They'll've gone; I'd say!", "they 'll 've gone ; i 'd say !"),
        ("I'm gonna cannot wanna gimme", "i 'm gon na can not wan na gim me"),
        ("'Twas mine. 'Tis yours.", "'t was mine . 't is yours ."),
        ('She said, "No way".', "she said , `` no way '' ."),
        ("\u201cDon\u2019t\u201d", "`` do n't ''"),
        ("Mr. Smith is from the U.S. and Dr. Who", "mr. smith is from the u.s. and dr. who"),
        ("The kids' toys - all 1,000.50 of them", "the kids ' toys - all 1,000.50 of them"),
        ("At 10:30: go--now...", "at 10:30 : go -- now ..."),
        ("$5 & 50% (maybe) [BREATHING]", "$ 5 & 50 % ( maybe ) [ breathing ]"),
        ("a well-known e.g. thing.", "a well-known e.g. thing ."),
        ("Yes. No. Maybe.", "yes . no . maybe ."),
        ("Ünï çödé…", "ünï çödé …"),
        (" \t\n", ""),
        ("", ""),
        ("...", "..."),
        ("'", "'"),
        (".'", ". '"),
    ],
)
def test_tokens(text: str, tokens: str) -> None:
    assert list(tokenize(text)) == tokens.split()


def test_no_character_is_lost() -> None:
    text = "Well, I'd've (really!) thought \"it's 5:00\"; you--know... Mr. X's dog? #1 @home."
    joined = "".join(tokenize(text)).replace("``", '"').replace("''", '"')
    assert joined == "".join(text.lower().split())
