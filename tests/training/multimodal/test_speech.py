"""From acoustic features and transcripts to what encoders take."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from skelgraph.errors import RunError
from skelgraph.features import AcousticFeatures, Vocabulary
from skelgraph.runs import RunDirectory
from skelgraph.training.multimodal.acoustic_scaler import AcousticScaler
from skelgraph.training.multimodal.speech import SpeechEncoding, read_encoding, write_encoding


def make_features(seed: int, frames: int = 20) -> AcousticFeatures:
    rng = np.random.default_rng(seed)
    return AcousticFeatures(
        mfcc=rng.normal(3, 2, (frames, 39)).astype(np.float32),
        prosody=rng.normal(100, 50, 35).astype(np.float32),
    )


def make_encoding(**options) -> SpeechEncoding:
    settings = {
        "acoustic": "librosa",
        "scaler": AcousticScaler.fit([make_features(0), make_features(1)]),
        "max_mfcc_frames": 12,
        "vocabulary": Vocabulary.build([("go", "away"), ("go",)], max_tokens=3),
        "embedding_size": 5,
    }
    return SpeechEncoding(**{**settings, **options})


def test_statistics_are_those_of_all_frames_and_of_utterances() -> None:
    utterances = [make_features(seed, frames) for seed, frames in ((0, 5), (1, 30), (2, 1))]
    scaler = AcousticScaler.fit(utterances)
    done = [scaler.apply(one) for one in utterances]
    frames = np.concatenate([one.mfcc for one in done])
    prosody = np.stack([one.prosody for one in done])
    for values in (frames, prosody):
        np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-4)
        np.testing.assert_allclose(values.std(axis=0), 1, atol=1e-4)


def test_what_never_changes_is_not_blown_up() -> None:
    silence = AcousticFeatures(
        mfcc=np.full((9, 39), -23.1, np.float32), prosody=np.zeros(35, np.float32)
    )
    done = AcousticScaler.fit([silence, silence]).apply(silence)
    assert np.abs(done.mfcc).max() < 1e-4
    assert not done.prosody.any()


def test_audio_is_cut_and_standardized() -> None:
    features = make_features(3)
    encoding = make_encoding()
    mfcc, prosody = encoding.encode_audio(features)
    assert mfcc.shape == (12, 39)
    assert prosody.shape == (35,)
    scaler = encoding.scaler
    assert scaler is not None
    np.testing.assert_allclose(mfcc, scaler.apply(features).mfcc[:12])
    plain, _ = make_encoding(scaler=None, max_mfcc_frames=750).encode_audio(features)
    np.testing.assert_array_equal(plain, features.mfcc)


def test_text_is_tokens_known_unknown_and_none() -> None:
    encoding = make_encoding()
    assert encoding.encode_text("Go go away, now").tolist() == [2, 2, 3]
    assert encoding.encode_text("pneumonoultramicroscopicsilicovolcanoconiosis").tolist() == [1]
    assert encoding.encode_text("").tolist() == [1]
    with pytest.raises(RunError, match="has_text no text"):
        make_encoding(vocabulary=None).encode_text("go")


def test_it_survives_its_file(tmp_path: Path) -> None:
    run = RunDirectory(path=tmp_path)
    encoding = make_encoding()
    write_encoding(run, encoding)
    again = read_encoding(run)
    assert again.vocabulary == encoding.vocabulary
    features = make_features(5)
    for one, other in zip(
        again.encode_audio(features), encoding.encode_audio(features), strict=True
    ):
        torch.testing.assert_close(one, other)
    contents = json.loads(run.speech_file.read_text())
    del contents["scaler"]["mfcc_std"]
    run.speech_file.write_text(json.dumps(contents))
    with pytest.raises(RunError, match=r"speech\.json: expected vocabulary and statistics"):
        read_encoding(run)
    run.speech_file.unlink()
    with pytest.raises(RunError, match=r"expected a run directory with speech\.json"):
        read_encoding(run)
