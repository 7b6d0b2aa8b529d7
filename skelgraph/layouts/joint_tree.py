"""Trees of joints: parents by name or number, and numbers of edges between joints."""

from collections.abc import Iterable, Sequence


def name_parents(joints: Sequence[str], parents: Sequence[int | None]) -> dict[str, str | None]:
    """Return the name of each joint's parent from its number, for :meth:`JointLayout.from_parents`.

    Example:
        >>> name_parents(["elbow", "shoulder"], [1, None])
        {'elbow': 'shoulder', 'shoulder': None}
    """
    return {
        joint: None if parent is None else joints[parent]
        for joint, parent in zip(joints, parents, strict=True)
    }


def count_hops(edges: Iterable[tuple[int, int]], start: int) -> dict[int, int]:
    """Return the number of edges to each joint that can be reached, by breadth-first search."""
    neighbors: dict[int, set[int]] = {}
    for a, b in edges:
        neighbors.setdefault(a, set()).add(b)
        neighbors.setdefault(b, set()).add(a)
    hops, queue = {start: 0}, [start]
    for joint in queue:
        for neighbor in neighbors.get(joint, set()) - hops.keys():
            hops[neighbor] = hops[joint] + 1
            queue.append(neighbor)
    return hops
