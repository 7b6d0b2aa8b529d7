"""Names of models on the Hub."""

from pathlib import Path

import pytest

from skelgraph.errors import HubError
from skelgraph.hub import HubReference, is_hub_reference


@pytest.mark.parametrize(
    ("text", "repository", "revision"),
    [
        ("hf://ann/calm2", "ann/calm2", None),
        ("hf://ann/calm2@v1.0", "ann/calm2", "v1.0"),
        ("ann/calm-2.b_c", "ann/calm-2.b_c", None),
        (Path("hf://ann/calm2@main"), "ann/calm2", "main"),
    ],
    ids=str,
)
def test_a_name_is_read(text: str | Path, repository: str, revision: str | None) -> None:
    assert HubReference.parse(text) == HubReference(repository=repository, revision=revision)


@pytest.mark.parametrize(
    "text",
    [
        *("hf://", "hf://ann", "hf://ann/", "hf:///calm2", "hf://ann/calm2@", "hf://ann/b/c"),
        *("hf://../calm2", "hf://ann/a--b", "hf://ann/a..b", "hf://ann/-b", "hf://ann/b.git"),
        *("hf://ann/ä", "hf://ann/a b", f"hf://ann/{'b' * 93}", "hf://ann/b\n"),
    ],
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(HubError, match="expected the name of a model on the Hub, hf://user/name"):
        HubReference.parse(text)


def test_the_revision_is_given_once() -> None:
    assert HubReference.parse("ann/calm2", revision="v1").revision == "v1"
    assert HubReference.parse("ann/calm2@v1", revision="v1").revision == "v1"
    with pytest.raises(HubError, match=r"^hf://ann/calm2@v1: v2 is given beside it"):
        HubReference.parse(Path("hf://ann/calm2@v1"), revision="v2")


def test_a_path_is_no_name_of_the_hub() -> None:
    assert is_hub_reference(Path("hf://ann/calm2"))
    assert is_hub_reference("hf://nobody")
    assert not is_hub_reference("ann/calm2")
    assert not is_hub_reference(Path("hf/ann"))
