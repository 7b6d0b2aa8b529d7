"""Clips of unlike skeletons as a dataset whose batches are graphs."""

from collections.abc import Sequence
from typing import Any

from skelgraph.data.motion_clip import MotionClip
from skelgraph.data.skeleton_dataset import SkeletonDataset


class MixedSkeletons(SkeletonDataset):
    """Clips that each keep their skeleton, for networks of any skeleton.

    It is a :class:`SkeletonDataset` whose batches are PyG's, of :class:`SkeletonData`.
    """

    def collate(self, clips: Sequence[MotionClip]) -> Any:
        """Batch clips of the dataset as graphs, whose edges the network adds."""
        from torch_geometric.data import Batch  # one skeleton does without

        from skelgraph.data.skeleton_data import SkeletonData

        persons = ([SkeletonData.from_clip(person) for person in clip.persons] for clip in clips)
        return Batch.from_data_list([SkeletonData.join_persons(graphs) for graphs in persons])

    @staticmethod
    def to_inputs(batch: Any) -> tuple[Any, ...]:
        """Return the inputs of a network: the batch itself."""
        return (batch,)
