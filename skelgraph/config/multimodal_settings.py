"""Settings of networks that take audio and text."""

from pathlib import Path
from typing import Annotated

import msgspec

from skelgraph.config.choices import AcousticBackend, Activation, Count, Modality, Probability
from skelgraph.config.modalities import MODALITY_LETTERS, sort_modalities
from skelgraph.config.settings import Settings, about, documented
from skelgraph.errors import RunError

SHARED_SETTINGS = ("acoustic", "glove", "fine_tune", "modality_dropout")
"""The settings that all rows of the paper's benchmark share."""


@documented
class MultimodalSettings(Settings, frozen=True, kw_only=True):
    """Settings of ARE, TRE, MDRE and SERN, beside those that all networks have.

    The paper says that SERN is trained in two phases, but not whether the second one changes the
    encoders; here it does not, unless ``fine_tune`` is set. MDRE did not standardize its inputs.
    """

    acoustic: Annotated[
        AcousticBackend,
        about(
            "What computes MFCC and prosody: openSMILE, as in the paper (for non-commercial "
            "research), or librosa."
        ),
    ] = "opensmile"
    glove: Annotated[
        Path | None,
        about("File of word vectors to start from, such as glove.840B.300d.txt.", default="random"),
    ] = None
    fine_tune: Annotated[
        bool,
        about("Train the encoders of sern on, or leave them.", flag="--fine-tune/--freeze"),
    ] = False
    modality_dropout: Annotated[
        Probability,
        about(
            "Leave out each modality of a training clip with this probability, to learn to do "
            "without; one always stays."
        ),
    ] = 0.0
    modalities: Annotated[
        tuple[Modality, ...],
        about(
            "Modalities that sern takes: two or three of audio, text, skeleton.",
            metavar="a,t,s",
            short=MODALITY_LETTERS,
            default="all of them",
        ),
    ] = ()
    encoders: Annotated[
        tuple[Path, ...],
        about(
            "Finished run whose network is an encoder of sern, or the start of one of mdre; may "
            "be repeated. Encoders that are not given are trained first.",
            metavar="RUN",
            repeated=True,
        ),
    ] = ()
    fusion_channels: Annotated[
        Count | None,
        about(
            "Channels to which sern brings the vector of each modality.", default="half of its own"
        ),
    ] = None
    activation: Annotated[Activation, about("Activation of these layers.")] = "none"
    fusion_dropout: Annotated[Probability, about("Dropout of their outputs.", in_command=False)] = (
        0.0
    )
    standardize: Annotated[
        bool, about("Bring MFCC and prosody to mean 0 and variance 1 over the training part.")
    ] = True
    max_mfcc_frames: Annotated[Count, about("Frames of 10 ms after which audio is cut.")] = 750
    max_tokens: Annotated[Count, about("Tokens after which a transcript is cut.")] = 128
    hidden_channels: Annotated[
        Count, about("Channels of the recurrent encoders' states.", in_command=False)
    ] = 200
    embedding_size: Annotated[
        Count,
        about("Size of a token's vector if no file of vectors says it.", in_command=False),
    ] = 300
    audio_dropout: Annotated[
        Probability, about("Dropout of the audio encoder's input and output.")
    ] = 0.3
    text_dropout: Annotated[Probability, about("Dropout of the text encoder's.")] = 0.7

    def check_together(self) -> None:
        """Bring the modalities into their order."""
        msgspec.structs.force_setattr(self, "modalities", sort_modalities(self.modalities))

    def check_paths(self) -> None:
        """Check that word vectors and encoders are there.

        Raises:
            RunError: If one is missing.
        """
        for path in (self.glove, *self.encoders):
            if path is not None and not path.exists():
                raise RunError(f"{path}: there is no such file or run directory")
