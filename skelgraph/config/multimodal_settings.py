"""Settings of the fusion of streams, and of networks that take audio and text."""

from pathlib import Path
from typing import Annotated

from skelgraph.config.choices import (
    DEFAULT_FUSION,
    MODALITY_LETTERS,
    AcousticBackend,
    Activation,
    Count,
    FusionStrategy,
    Index,
    Modality,
    Probability,
)
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings

SHARED_SETTINGS = ("acoustic", "glove", "fine_tune", "modality_dropout")
"""The settings that all rows of the paper's benchmark share."""


class FusionSettings(Settings, frozen=True, kw_only=True):
    """Settings of the fusion of several streams.

    Args:
        strategy: Fusion of several streams: the sum of their scores, or a fully connected layer
            over them, fitted on the validation part.
        folds: Fit that layer on the training part instead, scored by networks that are trained once
            more for each of so many folds.
    """

    strategy: Annotated[
        FusionStrategy | None, Option(key="fusion", default=f"{DEFAULT_FUSION}; with folds concat")
    ] = None
    folds: Annotated[Index, Option(key="fusion_folds")] = 0


class MultimodalSettings(Settings, frozen=True, kw_only=True):
    """Settings of ARE, TRE, MDRE and SERN, beside those that all networks have.

    The paper says that SERN is trained in two phases, but not whether the second one changes the
    encoders; here it does not, unless ``fine_tune`` is set. MDRE did not standardize its inputs.

    Args:
        acoustic: What computes MFCC and prosody: openSMILE, as in the paper (for non-commercial
            research), or librosa.
        glove: File of word vectors to start from, such as glove.840B.300d.txt.
        fine_tune: Train the encoders of sern on, or leave them.
        modality_dropout: Leave out each modality of a training clip with this probability, to learn
            to do without; one always stays.
        modalities: Modalities that sern takes: two or three of audio, text, skeleton.
        encoders: Finished run whose network is an encoder of sern, or the start of one of mdre; may
            be repeated. Encoders that are not given are trained first.
        fusion_channels: Channels to which sern brings the vector of each modality.
        activation: Activation of these layers.
        fusion_dropout: Dropout of their outputs.
        standardize: Bring MFCC and prosody to mean 0 and variance 1 over the training part.
        max_mfcc_frames: Frames of 10 ms after which audio is cut.
        max_tokens: Tokens after which a transcript is cut.
        hidden_channels: Channels of the recurrent encoders' states.
        embedding_size: Size of a token's vector if no file of vectors says it.
        audio_dropout: Dropout of the audio encoder's input and output.
        text_dropout: Dropout of the text encoder's.
    """

    acoustic: AcousticBackend = "opensmile"
    glove: Annotated[Path | None, Option(default="random", exists=True)] = None
    fine_tune: bool = False
    modality_dropout: Probability = 0.0
    modalities: Annotated[
        tuple[Modality, ...],
        Option(metavar="a,t,s", short=MODALITY_LETTERS, ordered=True, default="all of them"),
    ] = ()
    encoders: Annotated[tuple[Path, ...], Option(metavar="RUN", repeated=True, exists=True)] = ()
    fusion_channels: Annotated[Count | None, Option(default="half of its own")] = None
    activation: Activation = "none"
    fusion_dropout: Annotated[Probability, Option(in_command=False)] = 0.0
    standardize: bool = True
    max_mfcc_frames: Count = 750
    max_tokens: Count = 128
    hidden_channels: Annotated[Count, Option(in_command=False)] = 200
    embedding_size: Annotated[Count, Option(in_command=False)] = 300
    audio_dropout: Probability = 0.3
    text_dropout: Probability = 0.7
