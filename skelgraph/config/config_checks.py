"""Which settings go with which others, and with which model."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from skelgraph.config.modalities import MODALITIES, OWN_MODALITIES
from skelgraph.config.multimodal_settings import MultimodalSettings
from skelgraph.errors import RunError

if TYPE_CHECKING:
    from skelgraph.config.train_config import TrainConfig

DEFAULT_CUTOFF_HZ = 6.0
"""Cutoff of the Butterworth filter where none is given."""

TWO_STREAMS = "2s"
"""Short for the paper's two streams, ``"joint,bone"``."""


def check_config(config: "TrainConfig", choices: Mapping[str, tuple[str, ...]]) -> None:
    """Checks the settings of a training one by one, and which go together.

    Args:
        config: The settings.
        choices: For some settings, what they may be; None is always one.

    Raises:
        RunError: If one is out of range, or does not go with another.
    """
    for name, known in choices.items():
        value = getattr(config, name)
        if value is not None and value not in known:
            raise RunError(f"expected {name} to be one of {known}, but got {value!r}")
    _check_numbers(config)
    _check_fusion(config)
    _check_data(config)
    _check_model(config)
    if config.filter != "butterworth" and config.cutoff_hz != DEFAULT_CUTOFF_HZ:
        raise RunError(
            f"a cutoff belongs to the filter butterworth, not to {config.filter}; leave one out"
        )
    if config.axes == "scrambled" and config.channels == "xyc":
        raise RunError("scrambled axes are those of coordinates; choose channels xy or xyz")


def _check_numbers(config: "TrainConfig") -> None:
    for name in ("epochs", "batch_size", "num_heads", "frames"):
        value = getattr(config, name)
        if value is not None and value < 1:
            raise RunError(f"expected {name} of 1 or more, but got {value}")
    if config.seed < 0:
        raise RunError(f"expected seed of 0 or more, but got {config.seed}")
    for name in ("min_confidence", "max_gap_s"):
        value = getattr(config, name)
        if value is not None and not value >= 0:
            raise RunError(f"expected {name} of 0 or more, but got {value}")
    for name in ("fps", "learning_rate", "cutoff_hz"):
        value = getattr(config, name)
        if value is not None and not value > 0:
            raise RunError(f"expected {name} above 0, but got {value}")


def _check_fusion(config: "TrainConfig") -> None:
    if len(config.streams) == 1 and (config.fusion is not None or config.fusion_folds):
        raise RunError(f"a fusion needs several streams, but there is only {config.stream!r}")
    if config.fusion_folds and (config.fusion_folds < 2 or config.fusion == "sum"):
        raise RunError(
            f"expected two or more folds for the layer of a fusion by 'concat', or 0, but got "
            f"{config.fusion_folds} and {config.fusion!r}"
        )


def _check_data(config: "TrainConfig") -> None:
    if config.data is not None and config.dataset is not None:
        raise RunError("expected either a folder of data or a dataset's name, but got both")
    if config.root is not None and config.dataset is None:
        raise RunError("a root is where a known dataset lies; name the dataset too")
    if config.dataset_options.given and config.dataset is None:
        raise RunError(
            f"{', '.join(config.dataset_options.given)}: options of a known dataset; name it too"
        )
    if not set(config.require) <= set(MODALITIES):
        raise RunError(f"expected to require {MODALITIES}, or some, but got {config.require}")
    if config.fold is not None and config.split != "mdre":
        raise RunError(f"a fold goes with the split 'mdre', but it is {config.split!r}")
    named = config.test_subjects or config.val_subjects
    if named and config.split not in (None, "subject"):
        raise RunError(
            f"test and validation subjects go with the split by subject, but it is {config.split!r}"
        )


def _check_model(config: "TrainConfig") -> None:
    model = config.model
    has_s_stgcn = model == "s-stgcn" or config.uses_vectors
    if not has_s_stgcn and not (config.attention and config.gate and config.num_heads == 4):
        raise RunError(f"attention, gate and heads belong to s-stgcn, not to {model}")
    of_the_graph = (config.strategy, config.center, config.hop_distance)
    has_graph = has_s_stgcn or model in ("st-gcn", "st-gcn-small")
    if not has_graph and of_the_graph != ("spatial", None, "bfs"):
        raise RunError(f"strategy, center and hop distance are of a graph; {model} has none")
    if config.is_multimodal:
        _check_multimodal(config)
    elif config.multimodal != MultimodalSettings():
        raise RunError(
            f"modalities, acoustic features, word vectors and encoders belong to "
            f"{', '.join(OWN_MODALITIES)}, not to {model}"
        )


def _check_multimodal(config: "TrainConfig") -> None:
    model, own, chosen = config.model, OWN_MODALITIES[config.model], config.modalities
    if config.fusion is not None or config.fusion_folds:
        raise RunError(f"fusion and its folds are of scores; {model} fuses vectors, or nothing")
    if config.uses_vectors and len(chosen) < 2:
        raise RunError(
            f"model {model} fuses two modalities or more, but got {', '.join(chosen)}; alone, "
            f"audio has the model are, text tre, and skeletons s-stgcn"
        )
    if not config.uses_vectors and chosen != own:
        raise RunError(
            f"model {model} perceives {' and '.join(own)}, but the modalities are "
            f"{', '.join(chosen)}; sern takes any of them"
        )
    if model == "sern-2s" and config.stream not in ("joint", TWO_STREAMS, "joint,bone"):
        raise RunError(
            f"sern-2s has the streams joint and bone, but got {config.stream!r}; sern takes any"
        )
    if config.multimodal.encoders and not config.fuses_modalities:
        raise RunError(f"encoders are those of mdre and sern; {model} is one itself")
