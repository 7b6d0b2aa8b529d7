"""Whether joints whose order is an assumption make a body: if not, bones are long and elastic."""

from functools import lru_cache

import numpy as np

from skelgraph.layouts import CATALOGUE, JointLayout
from skelgraph.poses.bone_proposal import measure_link_costs
from skelgraph.typing import FloatArray

_MOST_FRAMES = 50
_LEAST_FRAMES = 5
_LEAST_SHARE = 0.5
_MISFIT = 1.5
"""Right layouts are below 1.25 on recordings of Kinect, motion capture and estimators in the plane,
shuffled joints above 1.7."""


def measure_misfit(positions: FloatArray, layout: JointLayout) -> float | None:
    """Return how many times as costly a layout's bones are as the best tree over its joints.

    The cost of a bone is that of :func:`skelgraph.poses.propose_layout`: how much its length
    varies, and its length. It is about 1 if the order of the joints is right.

    Args:
        positions: Array (T, V, C), NaN where a joint is missing; up to 50 frames are used.
        layout: The skeleton with V joints.

    Returns:
        The factor; None if fewer than five frames have half of the joints, or none of them move
        apart.
    """
    present = np.isfinite(positions).all(axis=2)
    seen = positions[present.mean(axis=1) >= _LEAST_SHARE]
    if len(seen) < _LEAST_FRAMES or layout.num_joints < 3:
        return None
    from scipy.sparse.csgraph import minimum_spanning_tree

    with np.errstate(over="ignore", invalid="ignore"):  # numbers that are no positions
        cost = measure_link_costs(seen[:: -(-len(seen) // _MOST_FRAMES)])
    least = float(minimum_spanning_tree(cost).sum())
    own = sum(float(cost[child, parent]) for child, parent in layout.bones)
    return own / least if least > 0 else None


def describe_misfit(positions: FloatArray, layout: JointLayout) -> str | None:
    """Return why joints are hardly a body in their assumed layout, and which known layout fits.

    None if they may be one, or nothing can be told. The arguments are those of
    :func:`measure_misfit`.
    """
    misfit = None if layout.is_loose else measure_misfit(positions, layout)
    if misfit is None or misfit < _MISFIT:
        return None
    text = f"the joints hardly make a body in the order of layout {layout.name!r}"
    better = find_fitting_layout(positions)
    return text if better is None else f"{text}; {better.name!r} fits: --layout {better.name}"


def find_fitting_layout(positions: FloatArray) -> JointLayout | None:
    """Return the catalogue's layout of as many joints that fits best; None if none is a body."""
    fitting = {
        layout.name: misfit
        for layout in _list_layouts(positions.shape[1])
        if (misfit := measure_misfit(positions, layout)) is not None and misfit < _MISFIT
    }
    return CATALOGUE[min(fitting, key=lambda name: fitting[name])] if fitting else None


@lru_cache(maxsize=64)
def _list_layouts(num_joints: int) -> tuple[JointLayout, ...]:
    return tuple(layout for layout in CATALOGUE.values() if layout.num_joints == num_joints)
