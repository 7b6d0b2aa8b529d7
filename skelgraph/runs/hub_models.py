"""Model folders on the Hub: downloaded and checked before they are read, and uploaded."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from skelgraph.config import LiftConfig, TrainConfig
from skelgraph.errors import HubError
from skelgraph.hub import HubReference, download_files, upload_folder
from skelgraph.runs.card_page import write_card_page
from skelgraph.runs.card_text import CardText
from skelgraph.runs.model_card import ModelCard, is_model_folder, read_model_card
from skelgraph.runs.model_folder import MODEL_FILES, write_card, write_model_folder
from skelgraph.runs.published_records import leave_out_places
from skelgraph.runs.run_directory import LIFTER_KIND, RunDirectory
from skelgraph.runs.run_files import write_text


def download_model(reference: Path | str, *, revision: str | None = None) -> RunDirectory:
    """Download a model from the Hub, or find it among those that were downloaded before.

    Nothing but safetensors, JSON and the card is downloaded, and nothing is run.

    Args:
        reference: ``hf://user/name``, with ``@revision`` behind it or not.
        revision: Branch, tag or commit; the newest if not given.

    Raises:
        HubError: If it cannot be downloaded, or is no model of skelgraph.
        RunError: If its files are damaged.
    """
    named = HubReference.parse(reference, revision=revision)
    run = RunDirectory(path=download_files(named, MODEL_FILES))
    if not run.config_file.is_file():
        raise HubError(
            f"{named}: expected a model of skelgraph, but the repository has no config.json"
        )
    contents = run.read_config()
    _check_settings(named, contents)
    streams = contents.get("streams", ())
    if not isinstance(streams, list | tuple):
        raise HubError(f"{named}: expected a list of streams in its config.json; it is not used")
    for place in [_read_place(named, one) for one in streams]:
        _check_settings(named, RunDirectory(path=run.path / place).read_config())
    return run


def prepare_upload(
    run: RunDirectory, folder: Path, reference: HubReference, *, text: CardText | None = None
) -> ModelCard:
    """Write the model folder that is to be uploaded, and return its card.

    Of a model folder, it is a copy whose card names the repository; a ``README.md`` that somebody
    edited is kept.

    Args:
        run: A finished run, or a model folder.
        folder: The folder to write.
        reference: The repository.
        text: What a person says of the model; None for what the model folder has.

    Raises:
        RunError: If the run cannot be given away; see :func:`skelgraph.runs.publish_run`.
    """
    run.check_has_weights()
    called, name = f"hf://{reference.repository}", reference.repository.partition("/")[2]
    if not is_model_folder(run.path):
        return write_model_folder(run, folder, text=text, name=name, reference=called)
    card = read_model_card(run.path)
    page = (run.path / "README.md").read_text(encoding="utf-8")
    is_edited = text is None and page != write_card_page(card)
    for pattern in MODEL_FILES:
        for file in run.path.glob(pattern):
            target = folder / file.relative_to(run.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    card = msgspec.structs.replace(card, name=name, reference=called, text=text or card.text)
    write_card(card, folder)
    if is_edited:
        write_text(folder / "README.md", page)
    return card


def push_model(
    run: RunDirectory,
    reference: HubReference,
    *,
    text: CardText | None = None,
    private: bool = False,
    message: str | None = None,
) -> str:
    """Upload a finished run or a model folder to the Hub, and return its address.

    Args:
        run: The run directory or model folder.
        reference: The repository, which is made if it is not there.
        text: What a person says of the model.
        private: Whether a new repository is private.
        message: First line of the commit.

    Raises:
        RunError: If the run cannot be given away; see :func:`skelgraph.runs.publish_run`.
        HubError: If it cannot be uploaded.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "model"
        prepare_upload(run, folder, reference, text=text)
        return upload_folder(
            folder, reference, patterns=MODEL_FILES, private=private, message=message
        )


def _check_settings(reference: HubReference, contents: Mapping[str, Any]) -> None:
    """Check that settings from elsewhere lead to no file of this computer."""
    if "config" not in contents:
        return
    is_lifter = contents.get("kind") == LIFTER_KIND
    settings = (LiftConfig if is_lifter else TrainConfig).from_dict(contents["config"])
    if settings != leave_out_places(settings):
        raise HubError(
            f"{reference}: its config.json names files or people, which a model folder does not; "
            f"it is not used"
        )


def _read_place(reference: HubReference, stream: Any) -> PurePosixPath:
    """Return the folder of a stream, which is inside that of the model."""
    told = stream.get("run") if isinstance(stream, Mapping) else None
    place = PurePosixPath(told) if isinstance(told, str) else PurePosixPath()
    inside = len(place.parts) == 2 and place.parts[0] == "streams" and place.parts[1] != ".."
    if not inside or "\\" in place.name or ":" in place.name:
        raise HubError(
            f"{reference}: expected each stream in a folder streams/NAME of the model, but its "
            f"config.json names {told!r}; it is not used"
        )
    return place
