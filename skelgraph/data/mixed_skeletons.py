"""Clips of unlike skeletons as a dataset whose batches are graphs."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from skelgraph.data.motion_clip import MotionClip
from skelgraph.data.skeleton_dataset import SkeletonDataset
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence


class MixedSkeletons(SkeletonDataset):
    """Clips that each keep their skeleton, for networks of any skeleton.

    It is a :class:`SkeletonDataset` whose batches are PyG's, of :class:`SkeletonData`.
    """

    def collate(self, clips: Sequence[MotionClip]) -> Any:
        """Batch clips of the dataset as graphs, whose edges the network adds."""
        from torch_geometric.data import Batch  # one skeleton does without

        from skelgraph.data.skeleton_data import SkeletonData

        return Batch.from_data_list([SkeletonData.from_clip(clip) for clip in clips])

    @staticmethod
    def to_inputs(batch: Any) -> tuple[Any, ...]:
        """Return the inputs of a network: the batch itself."""
        return (batch,)


def tell_layouts_apart(
    sequences: Iterable[PoseSequence], known: Sequence[JointLayout] = ()
) -> tuple[PoseSequence, ...]:
    """Return the sequences with one name for each layout: others of the same name get a number.

    A layout that is the same but for its name gets that of the first one.

    Args:
        sequences: The clips.
        known: Layouts that have their names already.
    """
    found: dict[JointLayout, JointLayout] = {}
    taken: dict[str, JointLayout] = {}
    for layout in known:
        found[replace(layout, name="")] = layout
        taken[layout.name] = layout
    renamed = []
    for sequence in sequences:
        bare = replace(sequence.layout, name="")
        if bare not in found:
            name, number = sequence.layout.name, 1
            while name in taken:
                number += 1
                name = f"{sequence.layout.name}-{number}"
            found[bare] = taken[name] = replace(sequence.layout, name=name)
        same = found[bare] == sequence.layout
        renamed.append(sequence if same else replace(sequence, layout=found[bare]))
    return tuple(renamed)
