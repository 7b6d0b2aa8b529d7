"""A trained network that takes frame after frame, and answers as if it had all of them at once."""

from copy import copy
from typing import cast

import torch
from torch import Tensor, nn

from skelgraph.models import (
    FrameMajorNetwork,
    SmallSSTGCN,
    SpatialTemporalNetwork,
    arrange_for_export,
)
from skelgraph.nn import FrameMajorBlock, TemporalPooling, skip_whole_mask
from skelgraph.streaming.step_block import Chunk, StepBlock, keep_last
from skelgraph.streaming.step_pooling import StepPooling
from skelgraph.streaming.step_spatial import measure_presence
from skelgraph.streaming.step_state import BlockState, PoolState, StepState, count_whole


class StepNetwork(nn.Module):
    """A trained S-STGCN or ST-GCN as a function from frame to frame.

    All it knows of the past is in the state that it takes and returns; the module itself never
    changes. Each output frame is the one that the network computes for a clip, in evaluation mode
    and up to rounding, as soon as all frames that it is made of are there. The logits are those of
    all output frames so far, pooled.

    With causal windows, and with valid ones, they are the logits of the clip that ends with this
    frame. With centered windows an output frame comes ``delay_frames`` after the frame that it is
    about. A clip has zeros behind its last frame, a stream has not: so the clip forward of the
    frames so far pools those output frames, too, that are about its last ``delay_frames`` frames.
    They alone are missing while streaming; :meth:`finish` adds them, and returns the logits of the
    clip forward.

    Args:
        network: The trained network, a ``SSTGCN``, ``STGCN`` or ``SmallSSTGCN``; its weights are
            copied.
        pooling: How output frames are pooled; as the network does it if not given.

    Shape:
        - frame ``(N, C, V)``, mask ``(N, V)``; frames ``(N, C, L, V)``, mask ``(N, L, V)``

    Raises:
        ValueError: If the network has no such form.

    Example:
        >>> from skelgraph.models import SSTGCN
        >>> step = StepNetwork(SSTGCN().eval())
        >>> state = step.init_state(num_people=2)
        >>> for frame in torch.zeros(80, 2, 3, 10):
        ...     state, logits = step(state, frame)
        >>> state, logits = step.finish(state)
        >>> logits.shape
        torch.Size([2, 4])
    """

    adjacency: Tensor

    def __init__(
        self, network: SpatialTemporalNetwork, pooling: TemporalPooling | None = None
    ) -> None:
        super().__init__()
        with_mean = copy(network)
        with_mean.pooling = TemporalPooling()
        form = arrange_for_export(with_mean)
        if not isinstance(form, FrameMajorNetwork):
            raise ValueError(
                f"expected an S-STGCN or ST-GCN of one skeleton, which can step from frame to "
                f"frame, but got {type(network).__name__}"
            )
        self.in_channels, self.num_joints = network.in_channels, network.num_joints
        self.num_classes = network.num_classes
        self.pooling = StepPooling(pooling or network.pooling)
        self.register_buffer("adjacency", form.adjacency)
        self.input_norm = form.input_norm
        self.blocks = nn.ModuleList(
            StepBlock(cast(FrameMajorBlock, block)) for block in form.blocks
        )
        self.head_norm = form.head_norm
        self.is_parallel = isinstance(network, SmallSSTGCN)
        self.classifier = form.classifier
        geometry = network.temporal_geometry
        self.stride, self.delay_frames = geometry.stride, geometry.delay_frames
        self.warmup_frames = geometry.warmup_frames
        self.receptive_field = geometry.receptive_field
        self.memory_frames = geometry.receptive_field + 2 * geometry.stride
        self.is_padded = all(window.right == window.delay for window in network.windows)
        self.requires_grad_(False).eval()

    def init_state(self, num_people: int) -> StepState:
        """Return the state before the first frame of some people."""
        device, V = self.classifier.weight.device, self.num_joints
        zeros = torch.zeros(num_people, dtype=torch.int64, device=device)
        channels = self.classifier.in_features
        return StepState(
            zeros,
            zeros.clone(),
            self.adjacency.new_zeros(num_people, self.in_channels, self.stride - 1, V),
            torch.zeros(num_people, self.stride - 1, V, dtype=torch.bool, device=device),
            tuple(block.init_state(num_people) for block in self._list_blocks()),
            self.pooling.init_state(num_people, channels, device),
        )

    def reset(self, state: StepState, people: list[int] | Tensor) -> StepState:
        """Return the state after forgetting some people, by their numbers: others take the places.

        All people share the place between two outputs. If it is not 0 (:meth:`phase`), the
        newcomers' clips begin with as many frames without joints.
        """
        phase = self.phase(state)
        numbers = torch.as_tensor(people, dtype=torch.int64, device=state.frames.device)
        cleared = state.map(lambda tensor: tensor.index_fill(0, numbers, 0))
        return cleared._replace(frames=cleared.frames.index_fill(0, numbers, phase))

    def phase(self, state: StepState) -> int:
        """Return how many frames came after the last that is a multiple of the stride."""
        return int(state.frames[0]) % self.stride if state.num_people else 0

    def forward(
        self, state: StepState, frame: Tensor, mask: Tensor | None = None
    ) -> tuple[StepState, Tensor | None]:
        """Return the state after one frame of each person, and the logits if it yields new ones.

        Args:
            state: The state after the frame before.
            frame: Channels ``(N, C, V)``; finite where no mask says that they are missing.
            mask: True where a joint is present, ``(N, V)``; None if all are.

        Returns:
            The state, and logits ``(N, num_classes)``, None between two outputs and before the
            first. Of people at different distances from their first frame, those who have no output
            yet have NaN.
        """
        masks = None if mask is None else mask.unsqueeze(1)
        state, logits = self.advance(state, frame.unsqueeze(2), masks)
        return state, logits[:, -1] if logits.size(1) else None

    @torch.inference_mode()
    def advance(
        self, state: StepState, frames: Tensor, mask: Tensor | None = None
    ) -> tuple[StepState, Tensor]:
        """Return the state after some frames, and the logits after each output frame.

        Frames that complete no output frame wait in the state for those that do, and are computed
        together with them, which costs less. So chunks of any lengths give the same.

        Args:
            state: The state after the frame before.
            frames: Channels ``(N, C, L, V)``; finite where no mask says that they are missing.
            mask: True where a joint is present, ``(N, L, V)``; None if all are.

        Returns:
            The state, and logits ``(N, J, num_classes)`` of the J output frames that are new, 0 or
            more; NaN for people who have no output yet.

        Raises:
            ValueError: If the shapes do not fit.
        """
        counts: list[int] = state.frames.tolist()
        self._check(counts, frames, mask)
        mask, latest = skip_whole_mask(mask), max(counts, default=0)
        num_new = frames.size(2)
        if mask is not None:
            frames = frames.masked_fill(~mask.unsqueeze(1), 0.0)
        whole = count_whole(state.whole, mask, num_new)
        after = state._replace(frames=state.frames + num_new, whole=whole)
        held = (latest - self.warmup_frames) % self.stride  # frames that wait for an output
        if self.stride > 1:
            frames = torch.cat([state.waiting, frames], dim=2)
            after = after._replace(waiting=keep_last(frames, 2, self.stride - 1))
        if mask is not None or min(state.whole.tolist(), default=0) < self.memory_frames:
            if mask is None:
                mask = self.adjacency.new_ones(len(counts), num_new, self.num_joints).bool()
            mask = torch.cat([state.waiting_mask, mask], dim=1)
            after = after._replace(waiting_mask=keep_last(mask, 1, self.stride - 1))
        num_due = (held + num_new) // self.stride * self.stride
        if num_due == 0:
            return after, frames.new_empty(len(counts), 0, self.num_classes)
        due = slice(self.stride - 1 - held, self.stride - 1 - held + num_due)
        mask = None if mask is None else mask[:, due]
        done, logits, output = self.advance_from(state, frames[:, :, due], mask, latest - held)
        after = after._replace(blocks=done.blocks, pooled=done.pooled)
        return after, self._hide_early(logits, counts, output)

    def advance_from(
        self, state: StepState, frames: Tensor, mask: Tensor | None, first: int
    ) -> tuple[StepState, Tensor, int]:
        """Return the state, the logits, and the index of the first output frame among them.

        This is :meth:`advance` without a look at any value, for graphs of other runtimes. No frame
        waits, and the number of the last frames that were whole is left as it is.

        Args:
            state: The state after the frame before.
            frames: Channels ``(N, C, L, V)``, 0 where a joint is missing.
            mask: True where a joint is present, ``(N, L, V)``; None if all are and were in all
                frames that still count.
            first: Number of the first frame, as if all people had had that many before.
        """
        presence, rows = None, frames.permute(0, 2, 3, 1)  # (N, L, V, C)
        if mask is not None:
            presence = measure_presence(mask, self.adjacency)
        chunk = Chunk(self._normalize(rows, presence), presence, first)
        blocks, outputs = self._pass_blocks(state, chunk)
        state = state._replace(frames=state.frames + frames.size(2), blocks=blocks)
        if outputs is None:
            return state, frames.new_empty(len(frames), 0, self.num_classes), 0
        pooled, logits = self._pool(state, outputs)
        return state._replace(pooled=pooled), logits, outputs[0].first

    @torch.inference_mode()
    def finish(self, state: StepState) -> tuple[StepState, Tensor | None]:
        """Return the state and the logits at the end of the clip of each person.

        A centered network gets ``delay_frames`` frames without joints, which stand for the zeros
        behind a clip. If more frames may come, go on from the state before, not from this one. For
        one person of several, take ``state.select([number])`` first.

        Returns:
            The state, and logits ``(N, num_classes)``: None if no output is new, so that the last
            logits stay.
        """
        N, L, V = state.num_people, self.delay_frames, self.num_joints
        if L == 0 or not self.is_padded:
            return state, None
        x = self.classifier.weight.new_zeros(N, self.in_channels, L, V)
        state, logits = self.advance(state, x, torch.zeros_like(x[:, 0], dtype=torch.bool))
        return state, logits[:, -1] if logits.size(1) else None

    def _list_blocks(self) -> list[StepBlock]:
        return [cast(StepBlock, block) for block in self.blocks]

    def _normalize(self, rows: Tensor, presence: Tensor | None) -> Tensor:
        if self.input_norm is None:
            return rows
        norm = self.input_norm
        shape = (-1,) if norm.scale.numel() == self.in_channels else rows.shape[2:]
        rows = torch.addcmul(norm.shift.view(shape), rows, norm.scale.view(shape))
        return rows if presence is None else rows * presence[..., :1]

    def _pass_blocks(
        self, state: StepState, chunk: Chunk
    ) -> tuple[tuple[BlockState, ...], list[Chunk] | None]:
        """Return the states of the blocks, and the last features, of each member if parallel."""
        blocks, outputs = list(state.blocks), list[Chunk]()
        for number, block in enumerate(self._list_blocks()):
            blocks[number], output = block(blocks[number], chunk)
            if output is None:
                if not self.is_parallel:
                    return tuple(blocks), None
                continue
            outputs.append(output)
            if not self.is_parallel:
                chunk, outputs = output, [output]
        return tuple(blocks), outputs or None

    def _pool(self, state: StepState, outputs: list[Chunk]) -> tuple[PoolState, Tensor]:
        """Return the pooled state and the logits after each output frame, (N, J, num_classes)."""
        sums = torch.cat([output.rows.sum(dim=2) for output in outputs], dim=2)
        presence = outputs[0].presence
        if presence is None:
            counts = sums.new_full(sums.shape[:2], self.num_joints)
        else:
            counts = presence[..., 0].sum(dim=2)
        pooled, means = self.pooling.push(state.pooled, sums, counts)
        if self.head_norm is not None:
            means = self.head_norm(torch.sqrt(means.clamp(min=0) + 1e-3))
        return pooled, self.classifier(means)

    def _hide_early(self, logits: Tensor, counts: list[int], first: int) -> Tensor:
        """Set logits to NaN of people for whom they are before their first output."""
        latest = max(counts, default=0)
        lags = [(latest - count) // self.stride for count in counts]
        if max(lags, default=0) <= first:
            return logits
        lag = torch.tensor(lags, device=logits.device)
        index = torch.arange(first, first + logits.size(1), device=logits.device)
        return logits.masked_fill((index < lag[:, None]).unsqueeze(2), float("nan"))

    def _check(self, counts: list[int], frames: Tensor, mask: Tensor | None) -> None:
        phases = {count % self.stride for count in counts}
        if len(phases) > 1:
            names = ", ".join(map(str, sorted(phases)))
            raise ValueError(
                f"expected people at the same place between two outputs, but got phases {names}"
            )
        expected = (len(counts), self.in_channels, frames.size(-2), self.num_joints)
        if frames.shape != expected:
            raise ValueError(
                f"expected frames (people, channels, frames, joints) of {expected}, but got "
                f"{tuple(frames.shape)}"
            )
        if mask is not None and (mask.dtype != torch.bool or mask.shape != frames[:, 0].shape):
            raise ValueError(
                f"expected a boolean mask {tuple(frames[:, 0].shape)}, but got {mask.dtype} "
                f"{tuple(mask.shape)}"
            )
