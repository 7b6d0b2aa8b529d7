"""Clips of several modalities as batches: skeletons, MFCC and prosody, tokens, their presence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from skelgraph.config import Modality, NetworkPlan, Recipe
from skelgraph.data import DenseBatch, MotionClip, SkeletonDataset
from skelgraph.training import PreparedData, encode_part
from skelgraph.training.multimodal.speech import SpeechData


@dataclass(frozen=True, kw_only=True, eq=False)
class MultimodalBatch:
    """Clips as a :class:`skelgraph.models.FusionNetwork` takes them.

    Args:
        inputs: By the name of an encoder, what it is called on; padded at the end.
        presence: Which modalities each clip has, (N, M) bool.
        y: Number of each clip's class, (N,); -1 where it is not known.
        vectors: By modality, vectors (N, D) of encoders that have been called before.
    """

    inputs: Mapping[str, tuple[Tensor, ...]]
    presence: Tensor
    y: Tensor
    vectors: Mapping[str, Tensor] | None = None

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "MultimodalBatch":
        """Return the batch on a device."""

        def move(tensor: Tensor) -> Tensor:
            return tensor.to(device, non_blocking=non_blocking)

        return MultimodalBatch(
            inputs={name: tuple(map(move, tensors)) for name, tensors in self.inputs.items()},
            presence=move(self.presence),
            y=move(self.y),
            vectors=None
            if self.vectors is None
            else {name: move(vectors) for name, vectors in self.vectors.items()},
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class MultimodalClip:
    """One clip: what it has of each modality, and the number of its class."""

    audio: tuple[Tensor, Tensor] | None = None
    text: Tensor | None = None
    streams: Mapping[str, MotionClip] | None = None
    y: int = -1


class MultimodalDataset(Dataset[MultimodalClip]):
    """Clips with any of audio, text and skeleton.

    Args:
        modalities: The modalities of the network, in the order of its presence mask.
        labels: Number of each clip's class; -1 where it is not known.
        speech: Audio and text of the clips; None where the network takes neither.
        streams: By the name of each skeleton network, the clips that have a skeleton, in their
            order; their random changes are the same in all streams of one seed.
        has_skeleton: Whether each clip has one.
        encoder: Of a network that is one encoder alone, its name: it is called on its tensors.
    """

    def __init__(
        self,
        modalities: Sequence[Modality],
        labels: Sequence[int],
        *,
        speech: SpeechData | None = None,
        streams: Mapping[str, SkeletonDataset] | None = None,
        has_skeleton: Sequence[bool] = (),
        encoder: str | None = None,
    ) -> None:
        self.modalities = tuple(modalities)
        self.labels = tuple(labels)
        self.streams = dict(streams or {})
        self.encoder = encoder
        self._skeletons = list(_number_true(has_skeleton or [False] * len(labels)))
        self._audio = [None] * len(labels) if speech is None else list(_encode_audio(speech))
        self._text = [None] * len(labels) if speech is None else list(_encode_text(speech))

    @property
    def lengths(self) -> list[int]:
        """Steps that a clip takes: MFCC frames and a skeleton's frames, three of the one in the
        time of one of the other.
        """
        frames = next((stream.lengths for stream in self.streams.values()), [])
        return [
            (0 if audio is None else len(audio[0]))
            + (0 if text is None else len(text))
            + (0 if skeleton is None else 3 * frames[skeleton])
            for audio, text, skeleton in zip(self._audio, self._text, self._skeletons, strict=True)
        ]

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch on which the random changes of skeletons depend."""
        for stream in self.streams.values():
            stream.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, clip: int) -> MultimodalClip:
        skeleton = self._skeletons[clip]
        return MultimodalClip(
            audio=self._audio[clip],
            text=self._text[clip],
            streams=None
            if skeleton is None
            else {name: stream[skeleton] for name, stream in self.streams.items()},
            y=self.labels[clip],
        )

    def collate(self, clips: Sequence[MultimodalClip]) -> MultimodalBatch:
        """Return a batch of clips, padded at the end to the longest of each modality."""
        inputs: dict[str, tuple[Tensor, ...]] = {}
        there: dict[Modality, list[bool]] = {}
        if "audio" in self.modalities:
            inputs["audio"] = _collate_audio([clip.audio for clip in clips])
            there["audio"] = [clip.audio is not None for clip in clips]
        if "text" in self.modalities:
            inputs["text"] = _collate_text([clip.text for clip in clips])
            there["text"] = [clip.text is not None for clip in clips]
        if "skeleton" in self.modalities:
            there["skeleton"] = [clip.streams is not None for clip in clips]
            for name in self.streams:
                bodies = [clip.streams[name] for clip in clips if clip.streams is not None]
                if bodies:
                    inputs[name] = _collate_skeletons(bodies, there["skeleton"])
        return MultimodalBatch(
            inputs=inputs,
            presence=torch.tensor([there[one] for one in self.modalities]).t().contiguous(),
            y=torch.tensor([clip.y for clip in clips]),
        )

    def to_inputs(self, batch: MultimodalBatch) -> tuple[object, ...]:
        """Return the inputs of the network for a batch."""
        if self.encoder is not None:
            return batch.inputs[self.encoder]
        return batch.inputs, batch.presence


def make_dataset(
    plan: NetworkPlan,
    data: PreparedData,
    speech: SpeechData,
    part: str,
    *,
    augmentation: Recipe | None = None,
) -> MultimodalDataset:
    """Return the clips of a part as a network of audio and text takes them."""
    clips = data.part(part)
    numbers = [int(clip) for clip in getattr(data.split, part)]
    has_skeleton = [data.has_skeleton[clip] for clip in numbers]
    bodies = [clip for clip, there in zip(clips, has_skeleton, strict=True) if there]
    streams = {
        str(stream): encode_part(
            data, bodies, stream, plan.encoding, seed=plan.seed, augmentation=augmentation
        )
        for stream in (plan.streams if bodies else ())
    }
    number = {label: y for y, label in enumerate(data.classes)}
    return MultimodalDataset(
        plan.modalities,
        [number[clip.label or ""] for clip in clips],
        speech=speech.take(numbers),
        streams=streams,
        has_skeleton=has_skeleton if streams else (),
        encoder=None if plan.info.has_encoders else plan.modalities[0],
    )


class VectorDataset(Dataset[int]):
    """Clips whose vectors frozen encoders have made once and for all."""

    def __init__(self, batch: MultimodalBatch) -> None:
        self.batch = replace(batch, inputs={})

    @property
    def lengths(self) -> list[int]:
        """One step per clip."""
        return [1] * len(self)

    def set_epoch(self, epoch: int) -> None:
        """Do nothing: nothing is random here."""

    def __len__(self) -> int:
        return len(self.batch.y)

    def __getitem__(self, clip: int) -> int:
        return clip

    def collate(self, clips: Sequence[int]) -> MultimodalBatch:
        """Return a batch of the clips of these numbers."""
        assert self.batch.vectors is not None
        chosen = torch.tensor(clips)
        return MultimodalBatch(
            inputs={},
            presence=self.batch.presence[chosen],
            y=self.batch.y[chosen],
            vectors={name: vectors[chosen] for name, vectors in self.batch.vectors.items()},
        )

    def to_inputs(self, batch: MultimodalBatch) -> tuple[object, ...]:
        """Return the inputs of a :class:`skelgraph.models.FusionNetwork` for a batch."""
        return batch.inputs, batch.presence, batch.vectors


def _number_true(flags: Sequence[bool]) -> Iterator[int | None]:
    """Yield the number of each true flag among the true ones, None for the others."""
    count = 0
    for flag in flags:
        yield count if flag else None
        count += flag


def _encode_audio(speech: SpeechData) -> Iterator[tuple[Tensor, Tensor] | None]:
    for features in speech.acoustic:
        yield None if features is None else speech.encoding.encode_audio(features)


def _encode_text(speech: SpeechData) -> Iterator[Tensor | None]:
    for text in speech.texts:
        yield None if text is None else speech.encoding.encode_text(text)


def _collate_audio(clips: Sequence[tuple[Tensor, Tensor] | None]) -> tuple[Tensor, Tensor, Tensor]:
    known = next((clip for clip in clips if clip is not None), None)
    mfcc, prosody = (torch.zeros(0, 39), torch.zeros(35)) if known is None else known
    nothing = mfcc.new_zeros(0, mfcc.size(1)), torch.zeros_like(prosody)
    filled = [nothing if clip is None else clip for clip in clips]
    lengths = torch.tensor([len(one) for one, _ in filled])
    return (
        pad_sequence([one for one, _ in filled], batch_first=True),
        lengths,
        torch.stack([one for _, one in filled]),
    )


def _collate_text(clips: Sequence[Tensor | None]) -> tuple[Tensor, Tensor]:
    filled = [torch.zeros(0, dtype=torch.long) if clip is None else clip for clip in clips]
    return pad_sequence(filled, batch_first=True), torch.tensor([len(one) for one in filled])


def _collate_skeletons(
    bodies: Sequence[MotionClip], there: Sequence[bool]
) -> tuple[Tensor, Tensor]:
    """Return x (N, C, T, V) and mask; a clip without a skeleton has only zeros that are masked."""
    batch = DenseBatch.from_clips(bodies)
    x, (N, _, T, V) = batch.x, batch.x.shape
    mask = torch.ones(N, T, V, dtype=torch.bool) if batch.mask is None else batch.mask
    if len(bodies) == len(there):
        return x, mask
    rows = torch.tensor(there)
    whole_x = x.new_zeros(len(there), *x.shape[1:])
    whole_mask = mask.new_zeros(len(there), *mask.shape[1:])
    whole_x[rows], whole_mask[rows] = x, mask
    return whole_x, whole_mask
