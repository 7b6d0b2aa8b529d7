"""A network that fuses the vectors of several modalities, any of which may be missing."""

from collections.abc import Mapping
from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn

from skelgraph.config import Activation
from skelgraph.models.clip_network import ClipNetwork
from skelgraph.models.recurrent_encoder import RecurrentEncoder
from skelgraph.nn import is_on_host

Encoder = ClipNetwork | RecurrentEncoder

ModalityInputs = Mapping[str, tuple[Tensor | None, ...]]
"""The inputs of each encoder by its name: tensors of N entries, or None for a mask if all clips are
complete. Encoders of a modality that no clip has need no inputs."""

_ACTIVATIONS: dict[str, type[nn.Module]] = {"none": nn.Identity, "relu": nn.ReLU, "tanh": nn.Tanh}


class FusionNetwork(nn.Module):
    r"""Encoders of several modalities, a fully connected layer per modality, and one over all.

    .. math::  \text{logits} = b + \frac{M}{|P|} \sum_{m \in P} W_m \, \phi(A_m v_m + a_m)

    where :math:`P` are those of the :math:`M` modalities that a clip has. If it has all, this is
    the layer over the concatenated vectors of Figure 6 in Shi et al., Sensors 2021, 21, 205. A
    missing modality is left out of the sum, and the others take its share: a zero vector would
    still contribute its biases. On the CPU its encoder is not called.

    Args:
        encoders: The encoders of each modality; their vectors are concatenated.
        num_classes: Number of classes.
        channels: Channels of each modality's adjusted vector; None for half of the original ones.
        activation: :math:`\phi`.
        dropout: Dropout of the adjusted vectors.
        modality_dropout: Probability of leaving out a modality of a clip in training; one is always
            kept.
        frozen: Whether to keep the encoders unchanged, in evaluation mode.

    Shape:
        - inputs: see :data:`ModalityInputs`; presence ``(N, M)`` bool in the order of
          ``modalities``, or None if all are present
        - output logits ``(N, num_classes)``; the bias for a clip without any modality

    Raises:
        ValueError: If there is no modality, or one has no encoder.
    """

    def __init__(
        self,
        encoders: Mapping[str, Mapping[str, Encoder]],
        num_classes: int,
        *,
        channels: int | None = None,
        activation: Activation = "none",
        dropout: float = 0.0,
        modality_dropout: float = 0.0,
        frozen: bool = False,
    ) -> None:
        super().__init__()
        if not encoders or not all(encoders.values()):
            raise ValueError("expected one or more modalities, each with an encoder")
        self.num_classes = num_classes
        self.members = {modality: tuple(members) for modality, members in encoders.items()}
        self.modality_dropout = modality_dropout
        self.frozen = frozen
        self.encoders = nn.ModuleDict(
            {name: member for members in encoders.values() for name, member in members.items()}
        )
        sizes = {
            modality: sum(encoder.embedding_channels for encoder in members.values())
            for modality, members in encoders.items()
        }
        adjusted = {name: channels or size // 2 for name, size in sizes.items()}
        self.adjust = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Linear(size, adjusted[name]), _ACTIVATIONS[activation](), nn.Dropout(dropout)
                )
                for name, size in sizes.items()
            }
        )
        self.classifier = nn.Linear(sum(adjusted.values()), num_classes)
        for name in self.encoders:
            self.encoder(name).requires_grad_(not frozen)
            self.encoder(name).last_layer.requires_grad_(False)  # the fusion does not use it
        self.train(self.training)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Return the names of the modalities, in the order of a presence mask."""
        return tuple(self.members)

    def encoder(self, name: str) -> Encoder:
        """Return the encoder of this name."""
        encoder = self.encoders[name]
        assert isinstance(encoder, Encoder)
        return encoder

    def reset_parameters(self) -> None:
        """Reset the fully connected layers; the encoders keep their weights."""
        for module in (*self.adjust.modules(), self.classifier):
            if isinstance(module, nn.Linear):
                module.reset_parameters()

    def train(self, mode: bool = True) -> "FusionNetwork":
        """Set training or evaluation mode; frozen encoders stay in the latter."""
        super().train(mode)
        if self.frozen:
            self.encoders.eval()
        return self

    def optimize_for_inference(self) -> "FusionNetwork":
        """Return a copy for inference only, whose encoders have their faster form."""
        copy = deepcopy(self).requires_grad_(False)
        for name in self.encoders:
            copy.encoders[name] = self.encoder(name).optimize_for_inference()
        return copy.eval()

    def forward(
        self,
        inputs: ModalityInputs,
        presence: Tensor | None = None,
        vectors: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """Return the logits of each clip.

        The vectors of :meth:`encode` replace the inputs; see the class for shapes.
        """
        if vectors is None:
            vectors = self.encode(inputs, presence)
        return self.fuse(vectors, presence)

    def encode(self, inputs: ModalityInputs, presence: Tensor | None = None) -> dict[str, Tensor]:
        """Return the vector of each modality, ``(N, D)``; zero if a clip lacks it.

        Raises:
            ValueError: If the inputs of an encoder are missing, or the presence has another shape
                or type.
        """
        self._check(presence)
        vectors: dict[str, Tensor] = {}
        for number, (modality, names) in enumerate(self.members.items()):
            present = None if presence is None else presence[:, number]
            parts = [self._encode_one(name, inputs, present) for name in names]
            vectors[modality] = torch.cat(parts, dim=1)
        return vectors

    def fuse(self, vectors: Mapping[str, Tensor], presence: Tensor | None = None) -> Tensor:
        """Return the logits for the vectors of the modalities.

        Raises:
            ValueError: If the presence has another shape or type.
        """
        self._check(presence)
        if presence is None:
            first = vectors[self.modalities[0]]
            presence = first.new_ones(first.size(0), len(self.members), dtype=torch.bool)
        if self.training and self.modality_dropout:
            presence = drop_modalities(presence, self.modality_dropout)
        adjusted = [
            self.adjust[name](vectors[name]).masked_fill(~present.unsqueeze(1), 0.0)
            for name, present in zip(self.members, presence.unbind(dim=1), strict=True)
        ]
        share = len(self.members) / presence.sum(dim=1, keepdim=True).clamp(min=1)
        logits: Tensor = self.classifier(torch.cat(adjusted, dim=1) * share)
        return logits

    def _encode_one(self, name: str, inputs: ModalityInputs, present: Tensor | None) -> Tensor:
        encoder = self.encoder(name)
        if present is not None:
            needed = bool(present.any()) if is_on_host(present) else name in inputs
            if not needed:
                return encoder.last_layer.weight.new_zeros(len(present), encoder.embedding_channels)
        if name not in inputs:
            raise ValueError(f"expected inputs of the encoder {name}, but there are none")
        if present is None or (is_on_host(present) and bool(present.all())):
            return _embed(encoder, inputs[name])
        if not is_on_host(present):
            vectors = _embed(encoder, _clear_absent(encoder, inputs[name], present))
            return torch.where(present.unsqueeze(1), vectors, 0.0)
        clips = present.nonzero().squeeze(1)
        picked = tuple(None if tensor is None else tensor[clips] for tensor in inputs[name])
        vectors = _embed(encoder, picked)
        return vectors.new_zeros(len(present), vectors.size(1)).index_copy(0, clips, vectors)

    def _check(self, presence: Tensor | None) -> None:
        if presence is None:
            return
        M = len(self.members)
        if presence.dim() != 2 or presence.size(1) != M or presence.dtype != torch.bool:
            raise ValueError(
                f"expected a boolean presence (clips, {M}), but got {presence.dtype} "
                f"{tuple(presence.shape)}"
            )


def _embed(encoder: Encoder, inputs: tuple[Tensor | None, ...]) -> Tensor:
    return encoder.embed(*cast("tuple[Tensor, ...]", inputs))


def _clear_absent(
    encoder: Encoder, inputs: tuple[Tensor | None, ...], present: Tensor
) -> tuple[Tensor, ...]:
    """Set the inputs of absent clips to zero: valid tokens and lengths, and an empty mask."""
    if isinstance(encoder, ClipNetwork) and (len(inputs) == 1 or inputs[1] is None):
        x = cast("Tensor", inputs[0])
        inputs = x, torch.ones_like(x[:, 0], dtype=torch.bool)
    tensors = cast("tuple[Tensor, ...]", inputs)
    absent = ~present
    return tuple(x.masked_fill(absent.view(-1, *[1] * (x.dim() - 1)), 0) for x in tensors)


def drop_modalities(presence: Tensor, probability: float) -> Tensor:
    """Leave out each modality of each clip with a probability, but keep one of those present.

    The presence is ``(N, M)`` bool.

    Example:
        >>> drop_modalities(torch.ones(5, 3, dtype=torch.bool), 1.0).sum(dim=1)
        tensor([1, 1, 1, 1, 1])
    """
    draws = torch.rand(presence.shape, device=presence.device)
    kept = presence & (draws >= probability)
    # The present modality with the highest draw always stays.
    first = draws.masked_fill(~presence, -1.0).argmax(dim=1, keepdim=True)
    return kept | (torch.zeros_like(presence).scatter(1, first, True) & presence)
