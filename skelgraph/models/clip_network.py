"""The interface of all networks of clips."""

from abc import ABC, abstractmethod
from copy import deepcopy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from skelgraph.layouts import JointLayout, resolve_layout
from skelgraph.nn import is_on_host, skip_whole_mask

if TYPE_CHECKING:
    from torch_geometric.data import Data


class ClipNetwork(nn.Module, ABC):
    """A network that takes clips and the mask of their present joints, and returns logits.

    Masked entries have no influence. Persons are folded into the batch, and the vectors of those
    present are averaged. A PyG ``Batch`` of :class:`~skelgraph.data.SkeletonData` stands for x and
    mask as well: networks with a graph take any mixture of skeletons, others those of their layout.

    Args:
        in_channels: Channels C of each joint.
        num_classes: Number of classes.
        layout: Skeleton of the input, with V joints, or its name in the catalogue.
        embedding_channels: Channels of the vector before the classifier.
        classifier_name: Name of the classifier in the state dict.

    Shape:
        - x ``(N, C, T, V)`` or, with persons, ``(N, C, T, V, M)``
        - mask ``(N, T, V)`` or ``(N, T, V, M)``, True where a joint is present, or None if all are
        - output ``(N, num_classes)``, logits
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        layout: JointLayout | str,
        embedding_channels: int,
        *,
        classifier_name: str = "classifier",
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.num_classes = num_classes
        self.layout = resolve_layout(layout)
        self.num_joints = self.layout.num_joints
        self.embedding_channels = embedding_channels
        self._classifier_name = classifier_name
        self.add_module(classifier_name, nn.Linear(embedding_channels, num_classes))

    @property
    def last_layer(self) -> nn.Linear:
        """Return the layer that maps embeddings to logits."""
        layer = self.get_submodule(self._classifier_name)
        assert isinstance(layer, nn.Linear)
        return layer

    def list_stages(self) -> list[list[nn.Module]]:
        """Return the layers in the order in which a clip passes them, the classifier's last.

        A fine-tuning freezes the first stages and gives earlier ones smaller learning rates.
        Together the stages have all parameters. Without an order that a subclass knows, everything
        before the classifier is one stage.
        """
        last = self.last_layer
        return [[child for child in self.children() if child is not last], [last]]

    def optimize_for_inference(self) -> "ClipNetwork":
        """Return a copy for inference only: in evaluation mode, without gradients.

        Subclasses make it faster if they can.
        """
        return deepcopy(self).requires_grad_(False).eval()

    def forward(self, x: "Tensor | Data", mask: Tensor | None = None) -> Tensor:
        """Return the logits of each clip; see the class for shapes."""
        logits: Tensor = self.last_layer(self.embed(x, mask))
        return logits

    def embed(self, x: "Tensor | Data", mask: Tensor | None = None) -> Tensor:
        """Return the vector of each clip before the classifier, ``(N, embedding_channels)``.

        Raises:
            ValueError: If channels, joints or the mask do not fit.
            DatasetError: If the network cannot take the layouts of a batch.
        """
        if not isinstance(x, Tensor):
            return self._embed_batch(x)
        self._check(x, mask)
        if x.dim() == 5:
            return self._embed_persons(x, mask)
        return self._embed_clips(x, skip_whole_mask(mask))

    def _embed_batch(self, batch: "Data") -> Tensor:
        """Return the vectors of a batch of graphs, here of the network's own layout."""
        from skelgraph.models.skeleton_batch import SkeletonBatch  # it needs PyG

        skeletons = SkeletonBatch.read(batch)
        group = skeletons.only_group(self.layout)
        return skeletons.average_persons(self.embed(group.x, group.mask))

    @abstractmethod
    def _embed_clips(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return the vectors of clips ``(N, C, T, V)`` of one person.

        Masked entries may be NaN.
        """

    def _embed_persons(self, x: Tensor, mask: Tensor | None) -> Tensor:
        N, C, T, V, M = x.shape
        folded = x.permute(0, 4, 1, 2, 3).reshape(N * M, C, T, V)
        if mask is None:
            return self.embed(folded).view(N, M, -1).mean(dim=1)
        folded_mask = mask.permute(0, 3, 1, 2).reshape(N * M, T, V)
        present = folded_mask.flatten(1).any(dim=1)
        embedded = self._embed_present(folded, folded_mask, present).to(x.dtype)
        count = present.view(N, M).sum(dim=1, keepdim=True).clamp(min=1)
        return embedded.view(N, M, -1).sum(dim=1) / count

    def _embed_present(self, x: Tensor, mask: Tensor, present: Tensor) -> Tensor:
        """Return the vectors of clips ``(N, C, T, V)``, zero for those not present ``(N,)``.

        On the CPU absent clips cost nothing; elsewhere their number is unknown to the host, and all
        are embedded.
        """
        if not is_on_host(present):
            return torch.where(present.unsqueeze(1), self.embed(x, mask), 0.0)
        embedded = x.new_zeros(x.size(0), self.embedding_channels)
        if bool(present.any()):
            embedded[present] = self.embed(x[present], mask[present]).to(x.dtype)
        return embedded

    def _check(self, x: Tensor, mask: Tensor | None) -> None:
        expected = f"(clips, {self.in_channels}, frames, {self.num_joints}[, persons])"
        fits = (
            x.dim() in (4, 5) and x.shape[1] == self.in_channels and x.shape[3] == self.num_joints
        )
        if not fits or x.shape[2] == 0:
            raise ValueError(f"expected x to be {expected}, but got {tuple(x.shape)}")
        if mask is not None and (
            mask.dtype != torch.bool or mask.shape != x.shape[:1] + x.shape[2:]
        ):
            raise ValueError(
                f"expected a boolean mask {tuple(x.shape[:1] + x.shape[2:])} for x "
                f"{tuple(x.shape)}, but got {mask.dtype} {tuple(mask.shape)}"
            )
