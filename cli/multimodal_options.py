"""The options of networks that hear and read, and what they come to."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import choices

if TYPE_CHECKING:
    from skelgraph.config import Modality, MultimodalSettings

Command = TypeVar("Command", bound=Callable[..., Any])

_PROBABILITY = click.FloatRange(0, 1, max_open=True)

_SHARED = (
    click.option(
        "--acoustic",
        type=click.Choice(choices.ACOUSTIC_BACKENDS),
        default="opensmile",
        help="What computes MFCC and prosody: openSMILE, as in the paper (for non-commercial "
        "research), or librosa.",
    ),
    click.option(
        "--glove",
        type=click.Path(path_type=Path),
        help="File of word vectors to start from, such as glove.840B.300d.txt.  [default: random]",
    ),
    click.option(
        "--fine-tune/--freeze",
        default=False,
        help="Train the encoders of sern on, or leave them as they are.",
    ),
    click.option(
        "--modality-dropout",
        type=_PROBABILITY,
        default=0.0,
        help="Leave out each modality of a training clip with this probability, to learn to do "
        "without.",
    ),
)

_OF_TRAINING = (
    click.option(
        "--modalities",
        metavar="a,t,s",
        help="What sern perceives: two or three of audio, text, skeleton.  [default: all of them]",
    ),
    click.option(
        "--encoders",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="RUN",
        help="A finished run whose network is an encoder of sern, or the start of one of mdre; "
        "may be repeated. Encoders that are not given are trained first.",
    ),
    click.option(
        "--fusion-channels",
        type=click.IntRange(1),
        help="Channels to which sern brings each modality's vector.  [default: half of its own]",
    ),
    click.option(
        "--activation",
        type=click.Choice(choices.ACTIVATIONS),
        default="none",
        help="Behind these layers.",
    ),
    click.option(
        "--standardize/--no-standardize",
        default=True,
        help="MFCC and prosody to mean 0 and variance 1 over the training part.",
    ),
    click.option(
        "--max-mfcc-frames",
        type=click.IntRange(1),
        default=750,
        help="Frames of 10 ms after which audio is cut.",
    ),
    click.option(
        "--max-tokens",
        type=click.IntRange(1),
        default=128,
        help="Tokens after which a transcript is cut.",
    ),
    click.option("--audio-dropout", type=_PROBABILITY, default=0.3, help="Of the audio encoder."),
    click.option("--text-dropout", type=_PROBABILITY, default=0.7, help="Of the text encoder."),
)

_SHARED_NAMES = ("acoustic", "glove", "fine_tune", "modality_dropout")
_NAMES = (
    *("encoders", "fusion_channels", "activation", "standardize"),
    *("max_mfcc_frames", "max_tokens", "audio_dropout", "text_dropout"),
)


def multimodal_options(command: Command) -> Command:
    """Adds the options of a training to a command."""
    for option in reversed((*_SHARED, *_OF_TRAINING)):
        command = option(command)
    return command


def shared_options(command: Command) -> Command:
    """Adds those of them that the paper's rows share."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


def take_shared(settings: dict[str, Any]) -> "MultimodalSettings":
    """Takes the shared options' values out of those of a command."""
    from skelgraph.config import MultimodalSettings

    return MultimodalSettings(**{name: settings.pop(name) for name in _SHARED_NAMES})


def take_multimodal(settings: dict[str, Any]) -> "MultimodalSettings":
    """Takes all options' values out of those of a command."""
    modalities = parse(settings.pop("modalities"))
    own = {name: settings.pop(name) for name in _NAMES}
    return replace(take_shared(settings), modalities=modalities, **own)


def parse(modalities: str | None) -> "tuple[Modality, ...]":
    """The modalities that an option names; none where it is not given."""
    from skelgraph.config import parse_modalities

    return () if modalities is None else parse_modalities(modalities)
