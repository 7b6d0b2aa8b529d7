"""The joints that movement features are measured on, beside a network of fewer."""

from dataclasses import replace

from skelgraph.config import NetworkPlan, TrainConfig
from skelgraph.training.clip_cleaning import describe_conversions, preprocess_all
from skelgraph.training.clip_reading import choose_layout
from skelgraph.training.prepared_data import PreparedData, take_skeletons


def take_own_joints(plan: NetworkPlan, data: PreparedData) -> PreparedData:
    """Return the clips as a model takes them: a ridge all joints there are, if none are named.

    They are cleaned once more from the recordings.

    Raises:
        SkelgraphError: If a clip cannot be converted or cleaned.
    """
    config = TrainConfig.from_dict(plan.config)
    if not plan.info.is_ridge or config.data.layout is not None:
        return data
    layout = choose_layout(data.clips, config.data, own=True)
    if layout is None or layout == data.preprocessing.layout:
        return data
    trained = data.split.train.tolist() if config.preparation.normalize_bones else None
    sequences, preprocessing = preprocess_all(
        data.clips.sequences,
        replace(data.preprocessing, layout=layout, bone_lengths=None),
        fit_bones_to=trained,
    )
    known = [sequence.layout for sequence in take_skeletons(data.clips)]
    return replace(
        data,
        sequences=sequences,
        preprocessing=preprocessing,
        notes=(*data.clips.notes, *describe_conversions(known, layout)),
    )
