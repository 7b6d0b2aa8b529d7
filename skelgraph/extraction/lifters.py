"""The lifters that can be loaded, behind one small interface, and the cache of what they lifted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from torch import nn

from skelgraph.data import cache_folder, fingerprint_settings, keep_sequences, recall_sequences
from skelgraph.errors import ExtractionError
from skelgraph.extraction.lifting import Space, lift_sequence
from skelgraph.layouts import COCO17, JointLayout
from skelgraph.models import TemporalLifter
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
        return (
            f"{self.network.input_layout.name} to {self.network.output_layout.name}, each frame "
            f"from {self.network.receptive_field}"
        )

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


def load_lifter(
    path: str | Path, *, input_layout: JointLayout = COCO17, average_flip: bool = True
) -> Lifter:
    """A lifter, ready to lift.

    Args:
        path: A checkpoint of VideoPose3D.
        input_layout: Layout of the keypoints that it was trained on, which it does not tell.
        average_flip: Whether the mirror image is lifted too, and the mean of both taken.

    Raises:
        ExtractionError: If there is no such file.
        FormatError: If it is none of these.
    """
    path = Path(path)
    if not path.is_file():
        raise ExtractionError(f"{path}: expected the checkpoint of a lifter, but there is no file")
    network = TemporalLifter.from_official_checkpoint(path, input_layout)
    return VideoPose3DLifter(network=network, average_flip=average_flip)


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


def identify_network(network: TemporalLifter) -> dict[str, object]:
    """Weights and form of a network, as JSON has them."""
    module: nn.Module = network
    return {
        "weights": {name: _digest(value.numpy()) for name, value in module.state_dict().items()},
        "layouts": [network.input_layout.to_dict(), network.output_layout.to_dict()],
        "form": [network.in_channels, list(network.filter_widths), network.causal],
    }


def _digest(values: npt.NDArray[Any]) -> str:
    return blake2b(np.ascontiguousarray(values).tobytes(), digest_size=16).hexdigest()
