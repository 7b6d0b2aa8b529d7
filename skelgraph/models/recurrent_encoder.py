"""Recurrent encoders of speech: the audio and the text encoder of Yoon et al."""

from abc import ABC, abstractmethod
from copy import deepcopy

import torch
from torch import Tensor, nn

from skelgraph.nn import is_on_host


class RecurrentEncoder(nn.Module, ABC):
    """An encoder of sequences, whose vector is the last valid state, and a linear classifier.

    Padding behind a sequence's length has no influence.
    """

    def __init__(self, embedding_channels: int, num_classes: int) -> None:
        super().__init__()
        self.embedding_channels = embedding_channels
        self.num_classes = num_classes
        self.classifier = nn.Linear(embedding_channels, num_classes)

    @property
    def last_layer(self) -> nn.Linear:
        """Return the layer that maps embeddings to logits."""
        return self.classifier

    def optimize_for_inference(self) -> "RecurrentEncoder":
        """Return a copy for inference only: in evaluation mode, without gradients."""
        return deepcopy(self).requires_grad_(False).eval()

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the logits of each sequence, ``(N, num_classes)``; inputs as of :meth:`embed`."""
        logits: Tensor = self.classifier(self.embed(*inputs))
        return logits

    @abstractmethod
    def embed(self, *inputs: Tensor) -> Tensor:
        """Return the vector of each sequence before the classifier, ``(N, embedding_channels)``."""


class AudioRecurrentEncoder(RecurrentEncoder):
    """The audio recurrent encoder (ARE): a GRU over MFCC frames, and the prosody of the utterance.

    Yoon, Byun, Jung, "Multimodal Speech Emotion Recognition Using Audio and Text" (SLT 2018), as
    section 4.2 of Shi et al., Sensors 2021, 21, 205, adopts it: the vector of an utterance is the
    GRU's last valid state and the prosodic vector, concatenated. Dropout follows the released code:
    a keep probability of 0.7 at the GRU's input and output.

    Args:
        num_classes: Number of classes.
        num_coefficients: Number C of coefficients per MFCC frame.
        num_prosodic: Number P of prosodic features per utterance.
        hidden_channels: Channels of the GRU's state.
        dropout: Dropout of the GRU's input and output.

    Shape:
        - mfcc ``(N, T, C)``, lengths ``(N,)`` int64 from 0 to T, prosody ``(N, P)``
        - output logits ``(N, num_classes)``; :meth:`embed` ``(N, hidden_channels + P)``

    Example:
        >>> model = AudioRecurrentEncoder(num_classes=4).eval()
        >>> model(torch.zeros(2, 50, 39), torch.tensor([50, 20]), torch.zeros(2, 35)).shape
        torch.Size([2, 4])
        >>> model.embedding_channels
        235
    """

    def __init__(
        self,
        num_classes: int = 4,
        *,
        num_coefficients: int = 39,
        num_prosodic: int = 35,
        hidden_channels: int = 200,
        dropout: float = 0.3,
    ) -> None:
        super().__init__(hidden_channels + num_prosodic, num_classes)
        self.num_coefficients = num_coefficients
        self.num_prosodic = num_prosodic
        self.gru = nn.GRU(num_coefficients, hidden_channels, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        reset_gru(self.gru)
        self.classifier.reset_parameters()

    def embed(self, *inputs: Tensor) -> Tensor:
        """Return the vector of each utterance.

        The inputs are MFCC, lengths and prosody; see the class for shapes.

        Raises:
            ValueError: If shapes do not fit, or a value on the CPU is out of range.
        """
        mfcc, lengths, prosody = inputs
        if mfcc.dim() != 3 or mfcc.size(2) != self.num_coefficients:
            raise ValueError(
                f"expected mfcc to be (utterances, frames, {self.num_coefficients}), but got "
                f"{tuple(mfcc.shape)}"
            )
        if prosody.shape != (mfcc.size(0), self.num_prosodic):
            raise ValueError(
                f"expected prosody to be ({mfcc.size(0)}, {self.num_prosodic}), but got "
                f"{tuple(prosody.shape)}"
            )
        state = last_state(self.gru, self.dropout(clear_padding(mfcc, lengths)), lengths)
        return torch.cat([self.dropout(state), prosody.to(state.dtype)], dim=1)


class TextRecurrentEncoder(RecurrentEncoder):
    """The text recurrent encoder (TRE): a GRU over embedded tokens.

    From the same paper as :class:`AudioRecurrentEncoder`. The released code keeps 0.3 of the GRU's
    input and output in training. The embedding is trained; that of the padding is zero.

    Args:
        vocabulary_size: Number of tokens, including padding (0) and the unknown token.
        num_classes: Number of classes.
        embedding_size: Size of a token's vector.
        hidden_channels: Channels of the GRU's state.
        dropout: Dropout of the GRU's input and output.

    Shape:
        - tokens ``(N, L)`` int64, lengths ``(N,)`` int64 from 0 to L
        - output logits ``(N, num_classes)``; :meth:`embed` ``(N, hidden_channels)``

    Example:
        >>> model = TextRecurrentEncoder(vocabulary_size=30, num_classes=4).eval()
        >>> model(torch.tensor([[3, 7, 1], [4, 0, 0]]), torch.tensor([3, 1])).shape
        torch.Size([2, 4])
    """

    def __init__(
        self,
        vocabulary_size: int,
        num_classes: int = 4,
        *,
        embedding_size: int = 300,
        hidden_channels: int = 200,
        dropout: float = 0.7,
    ) -> None:
        super().__init__(hidden_channels, num_classes)
        self.embedding = nn.Embedding(vocabulary_size, embedding_size, padding_idx=0)
        self.gru = nn.GRU(embedding_size, hidden_channels, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reset all learnable parameters.

        Word vectors are drawn from -0.25 to 0.25, as the released code does for unknown words.
        """
        with torch.no_grad():
            self.embedding.weight.uniform_(-0.25, 0.25)
            self.embedding.weight[0] = 0.0
        reset_gru(self.gru)
        self.classifier.reset_parameters()

    def load_word_vectors(self, vectors: Tensor) -> None:
        """Initialize the embedding with pretrained vectors; training continues from them.

        They are (vocabulary_size, embedding_size); the row of the padding is ignored.

        Raises:
            ValueError: If the shape is another.
        """
        weight = self.embedding.weight
        if vectors.shape != weight.shape:
            raise ValueError(
                f"expected word vectors {tuple(weight.shape)}, but got {tuple(vectors.shape)}"
            )
        with torch.no_grad():
            weight[1:] = vectors[1:].to(weight)

    def embed(self, *inputs: Tensor) -> Tensor:
        """Return the vector of each text.

        The inputs are tokens and lengths; see the class for shapes.

        Raises:
            ValueError: If shapes do not fit, or a value on the CPU is out of range.
        """
        tokens, lengths = inputs
        size = self.embedding.num_embeddings
        if tokens.dim() != 2 or not _are_in_range(tokens, size - 1):
            raise ValueError(
                f"expected tokens (texts, length) from 0 to {size - 1}, but got "
                f"{tuple(tokens.shape)}"
            )
        embedded = self.dropout(self.embedding(tokens))
        return self.dropout(last_state(self.gru, embedded, lengths))  # type: ignore[no-any-return]


def last_state(gru: nn.GRU, x: Tensor, lengths: Tensor) -> Tensor:
    """Return the state of a one-layer GRU after each sequence's last valid step; zero for none.

    Picking states of a padded batch is exact, since later steps do not change earlier states. On a
    CPU its training step takes a tenth of that of a packed sequence.

    Shape:
        - x ``(N, T, C)``, lengths ``(N,)`` from 0 to T, output ``(N, H)``

    Raises:
        ValueError: If there is not one length for each sequence, or one on the CPU is not from 0
            to T.
    """
    if lengths.shape != x.shape[:1] or not _are_in_range(lengths, x.size(1)):
        got = lengths.tolist() if is_on_host(lengths) else tuple(lengths.shape)
        raise ValueError(
            f"expected a length from 0 to {x.size(1)} for each of {x.size(0)} sequences, but got "
            f"{got}"
        )
    longest = x.size(1)
    if is_on_host(lengths) and len(lengths):
        longest = int(lengths.max())
    if longest == 0:
        return x.new_zeros(x.size(0), gru.hidden_size)
    states, _ = gru(x[:, :longest])
    last = states[torch.arange(len(lengths), device=x.device), (lengths - 1).clamp(min=0)]
    return torch.where((lengths > 0).unsqueeze(1), last, 0.0)


def _are_in_range(values: Tensor, largest: int) -> bool:
    """Return whether all values are from 0 to the largest; True for values not on the host."""
    return not is_on_host(values) or not bool(((values < 0) | (values > largest)).any())


def clear_padding(x: Tensor, lengths: Tensor) -> Tensor:
    """Set all entries behind each sequence's length to zero, even if they are NaN.

    Shape:
        - x ``(N, T, C)``, lengths ``(N,)``, output ``(N, T, C)``
    """
    behind = torch.arange(x.size(1), device=x.device) >= lengths.unsqueeze(1)
    return x.masked_fill(behind.unsqueeze(2), 0.0)


def reset_gru(gru: nn.GRU) -> None:
    """Reset a one-layer GRU; the recurrent weights of each gate become orthogonal."""
    gru.reset_parameters()
    recurrent = gru.get_parameter("weight_hh_l0")
    for gate in recurrent.chunk(3):
        nn.init.orthogonal_(gate)
