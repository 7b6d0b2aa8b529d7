"""The recordings of a folder as a dataset of PyTorch Geometric."""

from collections.abc import Callable
from pathlib import Path

from torch_geometric.data import InMemoryDataset
from torch_geometric.data.data import BaseData

from skelgraph.config import Person
from skelgraph.data.clip_set import ClipSet, Progress
from skelgraph.data.folder import read_folder
from skelgraph.data.skeleton_data import SkeletonData
from skelgraph.errors import DatasetError
from skelgraph.layouts import JointLayout, resolve_layout

GraphTransform = Callable[[SkeletonData], SkeletonData]


class SkeletonFolder(InMemoryDataset):
    """The labeled recordings of a folder, of any readable format, as graphs.

    The folder is one for ``skelgraph train --data``: recordings with a ``labels.csv``, or with a
    sub-folder for each label. Nothing is written to it; what was parsed is kept in the cache of
    skelgraph. A graph has the class number ``y``, and ``subject`` and ``recording``, by which parts
    should be divided; both are ``""`` where they are unknown.

    Args:
        root: The folder.
        transform: Applied to a graph whenever it is accessed.
        pre_transform: Applied once, such as :class:`skelgraph.transforms.Preprocess`.
        pre_filter: Tells which graphs are kept, before ``pre_transform``; the others are in
            ``clips`` no more.
        layout: Layout of files that do not name it, or its name.
        fps: Frames per second of files that do not contain them.
        person: Which persons of a file with several; see :func:`skelgraph.poses.select_persons`.
        with_confidence: Whether graphs have the confidence of their joints; by default if all files
            have it.
        use_cache: Whether to look up the parsed recordings in the cache, and store them there.
        progress: Called after each file with the numbers of files read and of all files.

    Attributes:
        clips: The recordings as they were read; ``skelgraph.evaluation.make_split`` divides them.
        class_names: Names of the classes in the order of their numbers.

    Raises:
        DatasetError: If the folder cannot be read as a dataset; see
            :func:`skelgraph.data.read_folder`.

    Example:
        >>> from torch_geometric.loader import DataLoader
        >>> from skelgraph.transforms import Preprocess
        >>> folder = SkeletonFolder("clips", pre_transform=Preprocess())  # doctest: +SKIP
        >>> batch = next(iter(DataLoader(folder, batch_size=8)))  # doctest: +SKIP
    """

    def __init__(
        self,
        root: Path | str,
        transform: GraphTransform | None = None,
        pre_transform: GraphTransform | None = None,
        pre_filter: Callable[[SkeletonData], bool] | None = None,
        *,
        layout: JointLayout | str | None = None,
        fps: float | None = None,
        person: Person = "main",
        with_confidence: bool | None = None,
        use_cache: bool = True,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(None, transform, pre_transform, pre_filter)
        self.clips: ClipSet = read_folder(
            root,
            layout=None if layout is None else resolve_layout(layout),
            fps=fps,
            person=person,
            min_files_per_label=1,
            use_cache=use_cache,
            progress=progress,
        )
        self.class_names = self.clips.classes
        number = {label: y for y, label in enumerate(self.class_names)}
        sequences = self.clips.sequences
        if with_confidence is None:
            with_confidence = all(one.confidence is not None for one in sequences)
        graphs, kept = [], []
        for clip, sequence in enumerate(sequences):
            graph = SkeletonData.nodes_from_sequence(
                sequence, y=number[sequence.label or ""], with_confidence=with_confidence
            )
            graph.subject, graph.recording = sequence.subject or "", sequence.recording or ""
            if pre_filter is None or pre_filter(graph):
                graphs.append(graph if pre_transform is None else pre_transform(graph))
                kept.append(clip)
        if not graphs:
            raise DatasetError(f"{root}: expected a graph that pre_filter keeps, but it kept none")
        if len(kept) < len(sequences):
            left = f"{len(sequences) - len(kept)} clips that pre_filter left out"
            self.clips = self.clips.take(kept, note=left)
        self.data, self.slices = self.collate(graphs)

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    def get(self, idx: int) -> BaseData:
        """Return a graph, whose plain numbers are no tensors."""
        graph = super().get(idx)
        graph.num_frames, graph.fps = int(graph.num_frames), float(graph.fps)
        graph.num_persons = int(graph.num_persons)
        return graph
