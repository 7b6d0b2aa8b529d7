"""Names of modalities, and the settings of the networks that perceive several."""

import json
from pathlib import Path

import pytest

from skelgraph.config import MODALITIES, MODELS, RecipeSettings, TrainConfig
from skelgraph.config.multimodal_settings import MultimodalSettings
from skelgraph.errors import RunError
from skelgraph.training.multimodal.modality_scores import list_subsets


def test_modalities_are_read_in_any_order_and_spelling() -> None:
    assert TrainConfig.of(require="s,a,t").data.require == MODALITIES
    assert TrainConfig.of(require="Skeleton + text").data.require == ("text", "skeleton")
    for text in ("", "v", "a,v", "a,,t"):
        with pytest.raises(RunError, match="expected require to be one of"):
            TrainConfig.of(require=text)


def test_subsets_end_with_all() -> None:
    subsets = list_subsets(MODALITIES)
    assert len(subsets) == len(set(subsets)) == 7
    assert subsets[-1] == MODALITIES
    assert [len(one) for one in subsets] == [1, 1, 1, 2, 2, 2, 3]


@pytest.mark.parametrize(
    ("model", "modalities", "streams"),
    [
        ("s-stgcn", ("skeleton",), ("bone",)),
        ("are", ("audio",), ()),
        ("tre", ("text",), ()),
        ("mdre", ("audio", "text"), ()),
        ("sern", MODALITIES, ("bone",)),
    ],
)
def test_each_model_perceives_its_own(
    model: str, modalities: tuple[str, ...], streams: tuple[str, ...]
) -> None:
    config = TrainConfig.of(model=model, stream="bone")
    assert config.modalities == modalities
    assert config.streams == streams


def test_sern_takes_some_and_two_streams() -> None:
    some = MultimodalSettings(modalities=("skeleton", "audio"))
    assert TrainConfig.of(model="sern", multimodal=some).modalities == ("audio", "skeleton")
    assert TrainConfig.of(model="sern-2s").streams == ("joint", "bone")
    assert TrainConfig.of(model="sern", stream="2s").streams == ("joint", "bone")


def test_settings_survive_json() -> None:
    own = MultimodalSettings(
        modalities=("audio", "text"), glove=Path("/g.txt"), encoders=(Path("/a"), Path("/b"))
    )
    config = TrainConfig.of(model="sern", multimodal=own, require=("audio",))
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"acoustic": "praat"}, "expected acoustic to be one of .*opensmile.*but got 'praat'"),
        ({"activation": "gelu"}, "expected activation to be one of"),
        ({"modalities": ("audio", "smell")}, "expected modalities to be one of"),
        ({"modalities": ("audio", "audio")}, "each once"),
        ({"modality_dropout": 1.0}, "modality_dropout from 0 to less than 1, but got 1.0"),
        ({"hidden_channels": 0}, "hidden_channels of 1 or more, but got 0"),
        ({"depth": 1}, r"unknown settings \['depth'\]"),
    ],
)
def test_impossible_settings_are_errors(settings: dict[str, object], message: str) -> None:
    with pytest.raises(RunError, match=message):
        MultimodalSettings.from_dict(settings)


@pytest.mark.parametrize(
    ("settings", "own", "message"),
    [
        ({"model": "s-stgcn"}, {"fine_tune": True}, "belong to are, tre, mdre.*not to s-stgcn"),
        ({"model": "are"}, {"modalities": ("text",)}, "are takes audio, but .* are text"),
        ({"model": "mdre"}, {"modalities": ("text",)}, "takes audio and text.*sern takes any"),
        ({"model": "sern"}, {"modalities": ("text",)}, "fuses two modalities or more.*text tre"),
        ({"model": "tre"}, {"encoders": (Path("a"),)}, "encoders are those of mdre and sern"),
        ({"model": "are", "gate": False}, {}, "belong to s-stgcn, not to are"),
        ({"model": "tre", "strategy": "distance"}, {}, "of a graph; tre has none"),
        ({"model": "sern-2s", "stream": "speed"}, {}, "sern-2s has the streams joint and bone"),
        ({"model": "sern", "stream": "2s", "fusion": "sum"}, {}, "sern fuses vectors"),
        ({"model": "sern", "require": ("smell",)}, {}, "expected require to be one of"),
    ],
)
def test_what_a_model_does_not_know_is_an_error(
    settings: dict[str, object], own: dict[str, object], message: str
) -> None:
    with pytest.raises(RunError, match=message):
        TrainConfig.of(**settings, multimodal=MultimodalSettings(**own))


def test_recurrent_networks_have_recipes_of_their_own() -> None:
    released = RecipeSettings(name="paper").resolve(MODELS["mdre"])  # SPEC 6.3
    assert (released.optimizer, released.learning_rate, released.clip_value) == ("adam", 1e-3, 10)
    assert (released.batch_size, released.patience, released.score) == (128, 7, "loss")
    assert released.checkpoint == "best"
    assert RecipeSettings(name="strong").resolve(MODELS["are"]).batch_size < 128
    new, tuned = (
        RecipeSettings().resolve(MODELS["sern"], fine_tune=fine) for fine in (False, True)
    )
    assert tuned.learning_rate == pytest.approx(0.1 * new.learning_rate)
    assert RecipeSettings(name="paper").resolve(MODELS["s-stgcn"]).learning_rate == 1e-4
