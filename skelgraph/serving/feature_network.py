"""A ridge on movement features at work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skelgraph.config import Modality
from skelgraph.data import ClipMedia
from skelgraph.errors import RunError
from skelgraph.evaluation import temper
from skelgraph.movement import FeatureModel, measure_motion
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory, RunFacts, read_temperature
from skelgraph.serving.recording_cleaning import clean_recording, name_clip
from skelgraph.training import load_feature_model
from skelgraph.typing import FloatArray

if TYPE_CHECKING:  # an exported ridge does without PyTorch
    from torch import nn


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureNetwork:
    """A trained ridge on movement features, which is called as networks are."""

    run: RunDirectory
    facts: RunFacts
    features: FeatureModel
    temperature: float = 1.0

    @property
    def model(self) -> "nn.Module":
        """There is no network.

        Raises:
            RunError: Always.
        """
        raise RunError(f"{self.run.path}: the model features is a ridge and has no network")

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Modalities that it uses."""
        return ("skeleton",)

    def prepare(self, sequence: PoseSequence, media: ClipMedia) -> PoseSequence:
        """Clean a recording as in the training; its audio and text are not used.

        Raises:
            SkelgraphError: If it cannot be converted to the run's layout, is too short, or has
                other channels.
        """
        done = clean_recording(sequence, self.facts)
        self.check_clip(done)
        return done

    def check_clip(self, clip: PoseSequence) -> None:
        """Check that a cleaned recording can be scored.

        Raises:
            SkelgraphError: If its skeleton lacks a part.
        """
        if self.facts.is_mixed:
            with name_clip(clip):
                measure_motion(clip)  # a skeleton that training never saw may lack a part

    def score(self, clips: Sequence[PoseSequence]) -> FloatArray:
        """Return probabilities (clips, classes) of cleaned recordings."""
        scores = self.features.predict_proba([measure_motion(clip) for clip in clips])
        return temper(scores, self.temperature)


def load_feature_network(run: RunDirectory, facts: RunFacts) -> FeatureNetwork:
    """Load the finished run of a ridge on movement features.

    Raises:
        RunError: If its file is missing or damaged.
    """
    return FeatureNetwork(
        run=run,
        facts=facts,
        features=load_feature_model(run),
        temperature=read_temperature(run),
    )
