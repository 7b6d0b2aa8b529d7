"""The paper's multimodal networks: MDRE for audio and text, SERN for all three modalities."""

from collections.abc import Mapping

from skelgraph.config import Activation
from skelgraph.models.clip_network import ClipNetwork
from skelgraph.models.fusion_network import Encoder, FusionNetwork
from skelgraph.models.recurrent_encoder import AudioRecurrentEncoder, TextRecurrentEncoder


class DualRecurrentEncoder(FusionNetwork):
    """The multimodal dual recurrent encoder (MDRE) for audio and text.

    Yoon, Byun, Jung (SLT 2018): the vectors of both encoders are projected to half their sizes
    without an activation (235 to 117, 200 to 100) and concatenated. All layers are trained
    together.

    Args:
        audio: The audio encoder.
        text: The text encoder.
        num_classes: Number of classes.
        modality_dropout: See :class:`FusionNetwork`.

    Shape:
        - inputs ``{"audio": (mfcc, lengths, prosody), "text": (tokens, lengths)}``, presence
          ``(N, 2)`` or None, output logits ``(N, num_classes)``

    Example:
        >>> import torch
        >>> model = DualRecurrentEncoder(AudioRecurrentEncoder(), TextRecurrentEncoder(30)).eval()
        >>> audio = torch.zeros(2, 50, 39), torch.tensor([50, 20]), torch.zeros(2, 35)
        >>> text = torch.tensor([[3, 7, 1], [4, 0, 0]]), torch.tensor([3, 1])
        >>> model({"audio": audio, "text": text}).shape
        torch.Size([2, 4])
        >>> model.classifier.in_features
        217
    """

    def __init__(
        self,
        audio: AudioRecurrentEncoder,
        text: TextRecurrentEncoder,
        num_classes: int = 4,
        *,
        modality_dropout: float = 0.0,
    ) -> None:
        super().__init__(
            {"audio": {"audio": audio}, "text": {"text": text}},
            num_classes,
            modality_dropout=modality_dropout,
        )


class SERN(FusionNetwork):
    """The skeleton enhanced emotion recognition network (SERN, and SERN-2s with two streams).

    Section 4.2 and Figure 6 of Shi et al., Sensors 2021, 21, 205: FC_A, FC_T and FC_S adjust the
    dimensions of the audio, text and skeleton vectors, and one layer over all of them predicts. The
    128-d vectors of several skeleton streams are concatenated. The paper leaves the options open;
    by default they follow the MDRE (half the channels, no activation), and the encoders keep their
    pretrained weights. Any of the three modalities can be left out.

    Args:
        audio: The audio encoder, or None.
        text: The text encoder, or None.
        skeleton: The skeleton network of each stream by name; may be empty.
        num_classes: Number of classes.
        channels: See :class:`FusionNetwork` for this and the next four.
        activation: The activation after FC_A, FC_T and FC_S.
        dropout: Dropout of their outputs.
        modality_dropout: Probability of leaving out a modality of a clip in training.
        frozen: Whether to keep the encoders unchanged.

    Shape:
        - inputs ``{"audio": (mfcc, lengths, prosody), "text": (tokens, lengths), "joint": (x,
          mask)}``, presence ``(N, 3)`` of audio, text and skeleton or None, output logits
          ``(N, num_classes)``

    Example:
        >>> from skelgraph.models import SSTGCN
        >>> streams = {"joint": SSTGCN(), "bone": SSTGCN()}
        >>> SERN(AudioRecurrentEncoder(), TextRecurrentEncoder(30), streams).classifier.in_features
        345
    """

    def __init__(
        self,
        audio: AudioRecurrentEncoder | None,
        text: TextRecurrentEncoder | None,
        skeleton: Mapping[str, ClipNetwork],
        num_classes: int = 4,
        *,
        channels: int | None = None,
        activation: Activation = "none",
        dropout: float = 0.0,
        modality_dropout: float = 0.0,
        frozen: bool = True,
    ) -> None:
        given: dict[str, dict[str, Encoder]] = {
            "audio": {} if audio is None else {"audio": audio},
            "text": {} if text is None else {"text": text},
            "skeleton": dict(skeleton),
        }
        super().__init__(
            {modality: encoders for modality, encoders in given.items() if encoders},
            num_classes,
            channels=channels,
            activation=activation,
            dropout=dropout,
            modality_dropout=modality_dropout,
            frozen=frozen,
        )
