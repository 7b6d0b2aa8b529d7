"""The tables of the speed benchmark."""

from collections.abc import Mapping
from typing import Any


def format_speed(result: Mapping[str, Any]) -> str:
    """Return the results of :func:`skelgraph.experiments.measure_speed` as Markdown."""
    machine, ceiling = result["machine"], result["ceiling"]
    lines = [
        f"{machine['processor']}, {machine['device']}, {machine['threads']} threads, "
        f"{machine['capability']}, torch {machine['torch']}. The machine's own product of two "
        f"2048 x 2048 matrices: {ceiling['float32']:.0f} GFLOP/s in float32, "
        f"{ceiling['bfloat16']:.0f} in bfloat16.",
        "",
        "| what | clips | frames | joints | GFLOP | float32 | bfloat16 | of the ceiling, float32 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for what, rows in (("inference", result["inference"]), ("training step", result["step"])):
        lines += [_format_row(what, row, ceiling["float32"]) for row in rows]
    lines += ["", *_format_others(result)]
    return "\n".join(lines)


def _format_row(what: str, row: Mapping[str, Any], ceiling: float) -> str:
    faster, rate = row["times_faster"], row["gflop_per_s"]
    return (
        f"| {what} | {row['batch']} | {row['frames']} | {row['joints']} | {row['gflop']:.1f} | "
        f"{faster['float32']:.2f}x | {faster['bfloat16']:.2f}x | "
        f"{rate['float32'] / ceiling:.0%} (plain {rate['plain'] / ceiling:.0%}) |"
    )


def _format_others(result: Mapping[str, Any]) -> list[str]:
    lines = ["| what | ratio |", "|---|---|"]
    if memory := result.get("memory"):
        lines.append(
            f"| peak memory of a training step ({memory['batch']} x {memory['frames']} x "
            f"{memory['joints']}), of plain | {memory['share_of_plain']:.2f} |"
        )
    for row in result.get("graph_convolution", ()):
        for name, faster in row["dense_times_faster_than"].items():
            lines.append(
                f"| dense graph convolution, {row['joints']} joints, against {name} | "
                f"{faster:.1f}x |"
            )
    if epoch := result.get("epoch"):
        lines.append(
            f"| epoch of {epoch['clips']} clips of IEMOCAP's lengths, against padded to the "
            f"longest (at most {epoch['ceiling']:.1f}x) | "
            f"{epoch['times_faster_than_padded']:.1f}x |"
        )
    if cached := result.get("cached_dataset"):
        lines.append(
            f"| opening a cached dataset of {cached['clips']} clips, {cached['mib']} MiB, in times "
            f"of `np.load` | {cached['times_np_load']:.2f} |"
        )
    return lines
