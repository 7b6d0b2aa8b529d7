"""The lifters that can be loaded, behind one small interface, and the cache of what they lifted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from torch import nn

from skelgraph.config import Space
from skelgraph.data import fingerprint_settings, keep_sequences, recall_sequences
from skelgraph.errors import ExtractionError
from skelgraph.io import cache_folder
from skelgraph.layouts import COCO17, JointLayout
from skelgraph.lifting.keypoint_lifter import KeypointLifter
from skelgraph.lifting.lift_sequences import lift_sequence
from skelgraph.lifting.lifter_run import load_lifter_run
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.models import resolve_device
from skelgraph.poses import PoseSequence, convert_layout

_VERSION = 1
"""To be raised when the same weights lift in another way."""


class Lifter(Protocol):
    """Takes a person's keypoints to space."""

    @property
    def needs_size(self) -> bool:
        """Whether it has to know the size of the image."""
        ...

    @property
    def input_layout(self) -> JointLayout:
        """Layout of the keypoints that it looks at."""
        ...

    def describe(self) -> str:
        """What it lifts to what, in a few words."""
        ...

    def identify(self) -> Mapping[str, object]:
        """All that its result depends on but the keypoints, as JSON has it."""
        ...

    def lift(
        self, sequence: PoseSequence, *, size_px: tuple[float, float] | None, space: Space
    ) -> PoseSequence:
        """The recording in space, in meters from the root joint.

        Args:
            sequence: The keypoints in pixels, y down.
            size_px: Width and height of the image.
            space: Whose axes the result has.

        Raises:
            SkelgraphError: If it cannot be lifted.
        """
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoPose3DLifter:
    """A network of VideoPose3D, used as its authors do (:func:`lift_sequence`).

    Args:
        network: The network, in evaluation mode.
        average_flip: Whether the mirror image is lifted too, and the mean of both taken.
    """

    network: TemporalLifter
    average_flip: bool = True

    @property
    def needs_size(self) -> bool:
        """True: keypoints are taken to the width of the image."""
        return True

    @property
    def input_layout(self) -> JointLayout:
        """Layout of the keypoints that it was trained on."""
        return self.network.input_layout

    def describe(self) -> str:
        """Its layouts, and how many frames it looks at."""
        return _describe(self.network)

    def identify(self) -> Mapping[str, object]:
        """Its weights, form and settings."""
        return identify_network(self.network) | {"average_flip": self.average_flip}

    def lift(
        self, sequence: PoseSequence, *, size_px: tuple[float, float] | None, space: Space
    ) -> PoseSequence:
        """The recording in space; see :func:`lift_sequence`.

        Raises:
            ExtractionError: If the size of the image is not known, or as :func:`lift_sequence`.
        """
        if size_px is None:
            raise ExtractionError(
                f"sequence {sequence.name!r}: lifting needs the size of the image, which the "
                f"keypoints do not tell; give it (--size 1920x1080), or the video (--video)"
            )
        return lift_sequence(
            sequence, self.network, size_px=size_px, space=space, average_flip=self.average_flip
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedLifter:
    """A lifter that ``skelgraph lift train`` trained, for any camera.

    Args:
        lifter: The lifter.
    """

    lifter: KeypointLifter

    @property
    def needs_size(self) -> bool:
        """False: keypoints are taken relative to the person."""
        return False

    @property
    def input_layout(self) -> JointLayout:
        """Layout of the keypoints that it looks at."""
        return self.lifter.network.input_layout

    def describe(self) -> str:
        """Its layouts, and how many frames it looks at."""
        return _describe(self.lifter.network)

    def identify(self) -> Mapping[str, object]:
        """Its weights and form."""
        return identify_network(self.lifter.network)

    def lift(
        self, sequence: PoseSequence, *, size_px: tuple[float, float] | None, space: Space
    ) -> PoseSequence:
        """The recording in space. The camera is taken to be level, so that the world is the
        camera's space turned by half a turn: y up, and z toward the camera.

        Raises:
            LayoutError: If the layout has too few of the joints.
            PoseError: If it is no recording of an image, or the shoulders are never seen together.
        """
        world = self.lifter.lift_sequence(sequence)
        present = world.present
        confidence = present * (1.0 if world.confidence is None else world.confidence)
        root = world.layout.center
        confidence[:, root] = present[:, root]  # its place is given
        world = replace(world, confidence=confidence)
        if space == "world":
            return world
        turned = world.positions * np.array([1, -1, -1], dtype=np.float32)
        return replace(world, positions=turned, up="-y")


def load_lifter(
    path: str | Path,
    *,
    input_layout: JointLayout = COCO17,
    average_flip: bool = True,
    device: str = "auto",
) -> Lifter:
    """A lifter, ready to lift.

    Args:
        path: A run directory of ``skelgraph lift train``, or a checkpoint of VideoPose3D.
        input_layout: Layout of the keypoints that a checkpoint was trained on, which it does not
            tell.
        average_flip: Whether a checkpoint lifts the mirror image too, and the mean of both is
            taken; a run always does.
        device: Where it computes: ``"cpu"``, ``"cuda"``, ..., or ``"auto"`` for a GPU if there is
            one.

    Raises:
        ExtractionError: If there is neither.
        RunError: If it is a folder, but no run of a lifter, or the device is not available.
        FormatError: If it is a file, but no such checkpoint.
    """
    path = Path(path)
    if path.is_dir():
        return TrainedLifter(lifter=load_lifter_run(path, device=device))
    if not path.is_file():
        raise ExtractionError(
            f"{path}: expected the checkpoint of a lifter, or a run of `skelgraph lift train`, but "
            f"there is nothing"
        )
    network = TemporalLifter.from_official_checkpoint(path, input_layout)
    return VideoPose3DLifter(network=network.to(resolve_device(device)), average_flip=average_flip)


def lift_cached(
    sequence: PoseSequence, lifter: Lifter, *, size_px: tuple[float, float] | None, space: Space
) -> tuple[PoseSequence, bool]:
    """What a lifter made of the same keypoints before, or makes of them now; and whether it was
    before.

    Raises:
        SkelgraphError: If it cannot be lifted.
    """
    confidence = sequence.confidence
    key = {
        "version": _VERSION,
        "positions": _digest(sequence.positions),
        "confidence": None if confidence is None else _digest(confidence),
        "layout": sequence.layout.to_dict(),
        "lifter": dict(lifter.identify()),
        "settings": [size_px if lifter.needs_size else None, space],
    }
    path = cache_folder() / f"lift-{fingerprint_settings(key)}.npz"
    recalled = recall_sequences(path)
    if recalled is None:
        lifted = lifter.lift(sequence, size_px=size_px, space=space)
        keep_sequences(path, [lifted], {})
        return lifted, False
    ((lifted,), _) = recalled
    same = replace(
        sequence,
        positions=lifted.positions,
        confidence=lifted.confidence,
        layout=lifted.layout,
        unit=lifted.unit,
        up=lifted.up,
    )
    return same, True


def find_unseen(sequence: PoseSequence, lifter: Lifter) -> list[str]:
    """Names of the keypoints of a lifter that are there in no frame."""
    keypoints = convert_layout(sequence, lifter.input_layout)
    joints = enumerate(keypoints.layout.joints)
    return [name for joint, name in joints if not keypoints.present[:, joint].any()]


def _describe(network: TemporalLifter) -> str:
    layouts = f"{network.input_layout.name} to {network.output_layout.name}"
    return f"{layouts}, each frame from {network.receptive_field}"


def identify_network(network: TemporalLifter) -> dict[str, object]:
    """Weights and form of a network, as JSON has them."""
    module: nn.Module = network
    return {
        "weights": {
            name: _digest(value.numpy(force=True)) for name, value in module.state_dict().items()
        },
        "layouts": [network.input_layout.to_dict(), network.output_layout.to_dict()],
        "form": [network.in_channels, list(network.filter_widths), network.causal],
    }


def _digest(values: npt.NDArray[Any]) -> str:
    return blake2b(np.ascontiguousarray(values).tobytes(), digest_size=16).hexdigest()
