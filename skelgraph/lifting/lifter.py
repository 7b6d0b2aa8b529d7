"""The interface of all lifters, and the cache of lifted recordings."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from skelgraph.config import Space
from skelgraph.data import fingerprint_settings, keep_sequences, recall_sequences
from skelgraph.io import cache_folder
from skelgraph.layouts import JointLayout
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.poses import PoseSequence, convert_layout

_VERSION = 1
"""To be raised when the same weights lift in another way."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lifter(ABC):
    """A network with what it takes to lift a person's keypoints to space.

    Args:
        network: The network, in evaluation mode.
    """

    network: TemporalLifter

    needs_size: ClassVar[bool]
    """Whether the size of the image has to be known."""

    @property
    def input_layout(self) -> JointLayout:
        """Layout of the keypoints that are lifted."""
        return self.network.input_layout

    def describe(self) -> str:
        """Return the layouts and the receptive field in a few words."""
        network = self.network
        layouts = f"{network.input_layout.name} to {network.output_layout.name}"
        return f"{layouts}, each frame from {network.receptive_field}"

    def identify(self) -> Mapping[str, object]:
        """Return all that the result depends on, apart from the keypoints, as JSON types."""
        network = self.network
        state = network.state_dict()
        return {
            "weights": {name: _digest(value.numpy(force=True)) for name, value in state.items()},
            "layouts": [network.input_layout.to_dict(), network.output_layout.to_dict()],
            "form": [network.in_channels, list(network.filter_widths), network.causal],
        }

    @abstractmethod
    def lift(
        self, sequence: PoseSequence, *, size_px: tuple[float, float] | None, space: Space
    ) -> PoseSequence:
        """Return the recording in space, in meters relative to the root joint.

        Args:
            sequence: The keypoints in pixels, y down.
            size_px: Width and height of the image.
            space: Axes of the result.

        Raises:
            SkelgraphError: If it cannot be lifted.
        """


def lift_cached(
    sequence: PoseSequence, lifter: Lifter, *, size_px: tuple[float, float] | None, space: Space
) -> tuple[PoseSequence, bool]:
    """Lift a recording, or recall the result for the same keypoints from the cache.

    Returns:
        The recording in space, and whether it is from the cache.

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
    path = cache_folder("lifted") / f"{fingerprint_settings(key)}.safetensors"
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
    """Return the names of a lifter's keypoints that are missing in all frames."""
    keypoints = convert_layout(sequence, lifter.input_layout)
    joints = enumerate(keypoints.layout.joints)
    return [name for joint, name in joints if not keypoints.present[:, joint].any()]


def _digest(values: npt.NDArray[Any]) -> str:
    return blake2b(np.ascontiguousarray(values).tobytes(), digest_size=16).hexdigest()
