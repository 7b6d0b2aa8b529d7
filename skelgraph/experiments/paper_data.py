"""The data of a paper benchmark, before any of its rows is run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skelgraph.config import Modality, ModelSettings, MultimodalSettings, TrainConfig
from skelgraph.errors import RunError
from skelgraph.experiments.row_results import read_json, without_places
from skelgraph.runs import SYNTHETIC_NOTE
from skelgraph.training import (
    PreparedData,
    list_modalities,
    prepare_clips,
    read_clips,
    require_modalities,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class DataLook:
    """Clips of a benchmark, and facts about them.

    Args:
        base: Settings that all rows share; they require all modalities if some clips lack one.
        modalities: Modalities of the clips.
        data: The clips and their parts.
        facts: Facts that must not change between two calls.
        lines: Lines that a user should read.
    """

    base: TrainConfig
    modalities: tuple[Modality, ...]
    data: PreparedData
    facts: dict[str, Any]
    lines: tuple[str, ...]


def look_at_data(
    base: TrainConfig, multimodal: MultimodalSettings, out: Path, *, seed: int, note: str
) -> DataLook:
    """Read the clips that all rows are run on: those that have every modality that any clip has.

    The seed is that of a new folder; a folder that was begun keeps its own.

    Raises:
        SkelgraphError: If the data cannot be used.
    """
    base = base.change(seed=_first_seed(out, seed), out=None)
    clips = read_clips(base.data, fps=base.preparation.fps, seed=base.seed)
    there = list_modalities(clips)
    if len(require_modalities(clips, there)) < len(clips):
        base = base.change(require=there)
    data = prepare_clips(_choose_look(base, there))
    note = note or (SYNTHETIC_NOTE if base.data.is_generated else "")
    settings = without_places(base.to_dict())
    if len(there) > 1:
        shared = multimodal.change(modalities=(), encoders=())
        settings["multimodal"] = without_places(shared.to_dict())
    noted = [f"note: {note}"] if note else []
    return DataLook(
        base=base,
        modalities=there,
        data=data,
        facts={
            "settings": settings,
            "data": {"name": data.clips.name, "fingerprint": data.clips.fingerprint},
            "recipe": base.resolve_recipe().to_dict(),
            "protocol": data.split.protocol,
            "note": note,
        },
        lines=(*noted, f"split {data.split.protocol}", *data.notes),
    )


def _choose_look(base: TrainConfig, there: Sequence[Modality]) -> TrainConfig:
    """Return the settings to prepare the clips with: of a modality that they have."""
    if "skeleton" in there:
        return base
    return base.change(model=ModelSettings(name="are" if "audio" in there else "tre"))


def _first_seed(out: Path, seed: int) -> int:
    """Return the seed of the data that the folder began with; more seeds may come later."""
    file = out / "benchmark.json"
    if not file.is_file():
        return seed
    kept = read_json(file)
    try:
        return int(kept["settings"]["seed"])
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{file}: expected the settings of a benchmark ({error})") from error
