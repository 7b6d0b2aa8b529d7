"""Batches of clips that have some of audio, text and skeleton."""

import numpy as np
import torch

from skelgraph.config import MODALITIES
from skelgraph.data import SkeletonDataset
from skelgraph.features import AcousticFeatures, Vocabulary
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.training.multimodal.multimodal_dataset import (
    MultimodalBatch,
    MultimodalDataset,
    VectorDataset,
)
from skelgraph.training.multimodal.speech import SpeechData, SpeechEncoding


def make_speech() -> SpeechData:
    rng = np.random.default_rng(0)
    acoustic = tuple(
        None
        if frames is None
        else AcousticFeatures(
            mfcc=rng.normal(size=(frames, 39)).astype(np.float32),
            prosody=rng.normal(size=35).astype(np.float32),
        )
        for frames in (5, None, 9, None)
    )
    encoding = SpeechEncoding(
        acoustic="librosa",
        scaler=None,
        max_mfcc_frames=750,
        vocabulary=Vocabulary.build([("go", "away")]),
        embedding_size=4,
    )
    return SpeechData(encoding=encoding, acoustic=acoustic, texts=("go", "go away go", None, None))


def make_dataset() -> MultimodalDataset:
    rng = np.random.default_rng(1)
    bodies = [
        PoseSequence(positions=rng.normal(size=(frames, 10, 3)), layout=UPPER10, fps=30.0)
        for frames in (8, 11)
    ]
    return MultimodalDataset(
        MODALITIES,
        [0, 1, 1, 0],
        speech=make_speech(),
        streams={"joint": SkeletonDataset(bodies)},
        has_skeleton=[False, True, False, True],
    )


def test_a_batch_has_what_is_there_in_its_place() -> None:
    dataset = make_dataset()
    batch = dataset.collate([dataset[clip] for clip in range(4)])
    assert batch.presence.tolist() == [
        [True, True, False],
        [False, True, True],
        [True, False, False],
        [False, False, True],
    ]
    assert batch.y.tolist() == [0, 1, 1, 0]
    mfcc, lengths, prosody = batch.inputs["audio"]
    assert (mfcc.shape, lengths.tolist()) == ((4, 9, 39), [5, 0, 9, 0])
    speech = make_speech()
    assert speech.acoustic[2] is not None
    np.testing.assert_array_equal(mfcc[2], speech.acoustic[2].mfcc)
    np.testing.assert_array_equal(prosody[2], speech.acoustic[2].prosody)
    assert not mfcc[0, 5:].any()
    tokens, words = batch.inputs["text"]
    assert (tokens.tolist()[1], words.tolist()) == ([3, 2, 3], [1, 3, 0, 0])
    x, mask = batch.inputs["joint"]
    assert x.shape == (4, 3, 11, 10)
    assert mask.sum(dim=(1, 2)).tolist() == [0, 80, 0, 110]
    alone, _ = dataset.streams["joint"].to_inputs(
        dataset.streams["joint"].collate([dataset.streams["joint"][1]])
    )
    assert torch.equal(x[3:4], alone)


def test_a_batch_without_a_modality_has_no_inputs_of_it() -> None:
    dataset = make_dataset()
    batch = dataset.collate([dataset[0], dataset[2]])
    assert "joint" not in batch.inputs
    assert not batch.presence[:, 2].any()


def test_lengths_count_the_steps_of_all_modalities() -> None:
    assert make_dataset().lengths == [5 + 1, 3 + 3 * 8, 9, 3 * 11]


def test_one_encoder_alone_is_called_on_its_tensors() -> None:
    dataset = MultimodalDataset(
        ("text",), [0, 0], speech=make_speech().take([0, 1]), encoder="text"
    )
    batch = dataset.collate([dataset[0], dataset[1]])
    tokens, lengths = dataset.to_inputs(batch)
    assert isinstance(tokens, torch.Tensor)
    assert isinstance(lengths, torch.Tensor)
    assert lengths.tolist() == [1, 3]


def test_vectors_are_batched_by_their_numbers() -> None:
    whole = MultimodalBatch(
        inputs={},
        presence=torch.tensor([[True, False], [True, True], [False, True]]),
        y=torch.tensor([2, 0, 1]),
        vectors={"audio": torch.arange(6.0).view(3, 2), "text": torch.arange(3.0).view(3, 1)},
    )
    dataset = VectorDataset(whole)
    batch = dataset.collate([dataset[2], dataset[0]])
    _, presence, vectors = dataset.to_inputs(batch.to("cpu"))
    assert torch.equal(presence, whole.presence[[2, 0]])  # type: ignore[arg-type]
    assert batch.y.tolist() == [1, 2]
    assert vectors["audio"].tolist() == [[4, 5], [0, 1]]  # type: ignore[index]
