"""The settings of networks that hear and read: part of a training's configuration."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from skelgraph.config.modalities import MODALITIES, Modality
from skelgraph.config.settings import check_names
from skelgraph.errors import RunError
from skelgraph.features import ACOUSTIC_BACKENDS, AcousticBackend
from skelgraph.models import Activation


@dataclass(frozen=True, kw_only=True)
class MultimodalSettings:
    """What decides how ARE, TRE, MDRE and SERN come out, beside what all networks share.

    Args:
        modalities: What the network perceives; none for all that the model is made for.
        acoustic: What computes the acoustic features: ``"opensmile"`` as in the paper (licence for
            non-commercial research), or ``"librosa"``.
        glove: File of word vectors from which the text encoder starts; None for random ones.
        encoders: Finished runs whose networks are the encoders; those that are not given are
            trained first.
        fine_tune: Whether the encoders of SERN are trained on together with its fusing layers. The
            paper says that there are two phases and not whether the second one leaves the encoders
            as they are; here it does, unless this is set.
        fusion_channels: Channels of FC_A, FC_T and FC_S; None for half of each vector, as in MDRE.
        activation: The activation behind these layers: none, as in MDRE, ``"relu"`` or ``"tanh"``.
        fusion_dropout: Dropout of their outputs.
        modality_dropout: Probability with which a modality of a clip is left out in training, so
            that the network learns to do without any of them; one always stays.
        standardize: Whether MFCC and prosody get mean 0 and variance 1 over the training part.
            MDRE took them as they are.
        max_mfcc_frames: MFCC frames, of 10 ms, after which an utterance is cut.
        max_tokens: Tokens after which a transcript is cut.
        hidden_channels: Channels of the recurrent encoders' states.
        embedding_size: Numbers of a token's vector where no file of vectors says it.
        audio_dropout: Dropout of the audio encoder's input and output.
        text_dropout: Dropout of the text encoder's.
    """

    modalities: tuple[Modality, ...] = ()
    acoustic: AcousticBackend = "opensmile"
    glove: Path | None = None
    encoders: tuple[Path, ...] = ()
    fine_tune: bool = False
    fusion_channels: int | None = None
    activation: Activation = "none"
    fusion_dropout: float = 0.0
    modality_dropout: float = 0.0
    standardize: bool = True
    max_mfcc_frames: int = 750
    max_tokens: int = 128
    hidden_channels: int = 200
    embedding_size: int = 300
    audio_dropout: float = 0.3
    text_dropout: float = 0.7

    def __post_init__(self) -> None:
        if self.glove is not None:
            object.__setattr__(self, "glove", Path(self.glove))
        object.__setattr__(self, "encoders", tuple(Path(run) for run in self.encoders))
        given = tuple(self.modalities)
        if not set(given) <= set(MODALITIES) or len(set(given)) < len(given):
            raise RunError(f"expected modalities of {MODALITIES}, each once, but got {given}")
        object.__setattr__(self, "modalities", tuple(one for one in MODALITIES if one in given))
        for field, choices in (
            ("acoustic", ACOUSTIC_BACKENDS),
            ("activation", get_args(Activation)),
        ):
            if getattr(self, field) not in choices:
                raise RunError(
                    f"expected {field} to be one of {choices}, but got {getattr(self, field)!r}"
                )
        for field in ("fusion_dropout", "modality_dropout", "audio_dropout", "text_dropout"):
            if not 0 <= getattr(self, field) < 1:
                raise RunError(
                    f"expected {field} from 0 to less than 1, but got {getattr(self, field)}"
                )
        for field in (
            *("fusion_channels", "max_mfcc_frames", "max_tokens"),
            *("hidden_channels", "embedding_size"),
        ):
            value = getattr(self, field)
            if value is not None and value < 1:
                raise RunError(f"expected {field} of 1 or more, but got {value}")

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON types; paths are absolute."""
        return {
            **asdict(self),
            "modalities": list(self.modalities),
            "glove": None if self.glove is None else str(self.glove.resolve()),
            "encoders": [str(run.resolve()) for run in self.encoders],
        }

    @classmethod
    def from_dict(cls, settings: Any) -> "MultimodalSettings":
        """The settings that :meth:`to_dict` wrote.

        Raises:
            RunError: If one is unknown, of another type or out of range.
        """
        check_names(cls, settings, what="the multimodal settings of a run")
        try:
            return cls(**settings)
        except TypeError as error:
            raise RunError(f"expected the settings of a run, but one is wrong ({error})") from error
