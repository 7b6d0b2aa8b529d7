"""What a person says of a model: its card's words, beside the numbers of its run."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from skelgraph.errors import RunError

_MISUSES = (
    "No diagnosis, therapy or other clinical decision: it was not tested on patients.",
    "No decision on people: hiring, school marks, credit, insurance, police, borders.",
    "No surveillance, and no use on people who do not know of it and have not agreed.",
)
_OF_RECOGNITION = (
    "No lie detection: how somebody moves does not tell whether it is true what they say.",
)
_OF_EMOTION = (
    "Not at work or in education: the EU AI Act (Regulation (EU) 2024/1689, article 5 (1) (f)) "
    "prohibits systems that infer the emotions of people there, except for medical or safety "
    "reasons.",
    "It answers what a movement looks like, or what an actor was asked to show. It cannot tell "
    "what somebody feels.",
)
_EMOTIONS = re.compile(
    r"anger|angry|joy|happ|sad|fear|afraid|disgust|surpris|neutral|emotion|stress|calm|excite|bored"
)


class CardText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words of a model's card, which its run does not know.

    Args:
        title: Its name in a few words.
        question: The question that it answers, in a sentence.
        data: The recordings that trained it: who recorded whom, where, how.
        data_name: Their name in a word; that of the run's data if not given.
        names_people: Whether people keep the names that they have in the data, where these have
            been published; else they get numbers.
        license: Its license as the Hub names it: cc-by-4.0, cc-by-nc-4.0, mit; ``other`` goes with
            the terms.
        terms: The license in words, and what the terms of the data ask for.
        missing: Who or what is not in the data, a sentence each.
        misuses: What it must not be used for, a sentence each, beside what is said of all models.
        about_emotion: Whether it answers with emotions; None to tell from the names of its classes.
        datasets: Names of its data on the Hub, ``user/name``.
        tags: Tags on the Hub.
        citation: How to cite it: BibTeX or a reference.
        sections: Further sections, Markdown by their titles.
    """

    title: str = ""
    question: str = ""
    data: str = ""
    data_name: str = ""
    names_people: bool = False
    license: str = ""
    terms: str = ""
    missing: tuple[str, ...] = ()
    misuses: tuple[str, ...] = ()
    about_emotion: bool | None = None
    datasets: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    citation: str = ""
    sections: Mapping[str, str] = {}

    def list_misuses(self, classes: Sequence[str]) -> tuple[str, ...]:
        """Return what a model must not be used for; one without classes lifts."""
        about_emotion = self.about_emotion
        if about_emotion is None:
            about_emotion = any(_EMOTIONS.search(name.lower()) for name in classes)
        return (
            *_MISUSES,
            *(_OF_RECOGNITION if classes else ()),
            *(_OF_EMOTION if about_emotion else ()),
            *self.misuses,
        )


def read_card_text(file: Path) -> CardText:
    """Return the words in a TOML file with the fields of :class:`CardText`.

    Raises:
        RunError: If it cannot be read, is no TOML, or has other fields.

    Example:
        A file ``card.toml``::

            title = "Who waves?"
            question = "Does a person wave slowly or fast?"
            license = "cc-by-4.0"
            missing = ["Nobody under 20 years."]
    """
    try:
        contents = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RunError(f"{file}: expected the words of a card as TOML ({error})") from error
    try:
        return msgspec.convert(contents, CardText)
    except msgspec.ValidationError as error:
        fields = ", ".join(field.name for field in msgspec.structs.fields(CardText))
        raise RunError(f"{file}: {error}; the fields of a card are {fields}") from error
