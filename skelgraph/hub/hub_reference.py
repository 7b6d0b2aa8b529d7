"""Names of models on the Hub: ``hf://user/name``, with ``@revision`` behind it or not."""

import re
from dataclasses import dataclass
from pathlib import Path

from skelgraph.errors import HubError

_SCHEME = re.compile(r"hf:/{1,2}")
"""A path made of the name has lost one of the slashes."""

_REPOSITORY = re.compile(r"(?!.*(--|\.\.))\w[\w.-]*/\w[\w.-]*(?<![-.])(?<!\.git)", re.ASCII)


def is_hub_reference(text: str | Path) -> bool:
    """Return whether a text or path names a model on the Hub, rightly or not.

    Example:
        >>> is_hub_reference("hf://ann/calm2"), is_hub_reference("runs/calm2")
        (True, False)
    """
    return _SCHEME.match(_to_text(text)) is not None


@dataclass(frozen=True, kw_only=True)
class HubReference:
    """A model repository on the Hub.

    Args:
        repository: ``user/name``.
        revision: A branch, a tag or a commit; None for the newest.

    Example:
        >>> str(HubReference.parse("hf://ann/calm2@v1"))
        'hf://ann/calm2@v1'
    """

    repository: str
    revision: str | None = None

    @classmethod
    def parse(cls, text: str | Path, *, revision: str | None = None) -> "HubReference":
        """Return the repository that a text names; ``hf://`` may be left out.

        Raises:
            HubError: If it is not ``user/name``, or names another revision than is given.
        """
        repository, at, told = _SCHEME.sub("", _to_text(text), count=1).partition("@")
        if not _REPOSITORY.fullmatch(repository) or len(repository) > 96 or (at and not told):
            raise HubError(
                f"{_restore(text)}: expected the name of a model on the Hub, hf://user/name or "
                f"hf://user/name@revision"
            )
        if told and revision not in (None, told):
            raise HubError(f"{_restore(text)}: {revision} is given beside it; name one revision")
        return cls(repository=repository, revision=told or revision)

    def __str__(self) -> str:
        """Return the name with its scheme."""
        return f"hf://{self.repository}" + (f"@{self.revision}" if self.revision else "")


def _to_text(text: str | Path) -> str:
    return text.as_posix() if isinstance(text, Path) else text


def _restore(text: str | Path) -> str:
    return _SCHEME.sub("hf://", _to_text(text), count=1)
