"""The acoustic table: how far librosa's features agree with openSMILE's on real speech.

Usage::

    python benchmarks/acoustic.py speech.wav    measure, write benchmarks/results/acoustic.json
    python benchmarks/acoustic.py               print the committed results as a table
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from harness.acoustic_agreement import compare_acoustic, format_agreement

RESULTS = Path(__file__).parent / "results" / "acoustic.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("audio", type=Path, nargs="?", help="the audio file to compare on")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    if options.audio is not None:
        result = compare_acoustic(options.audio)
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(format_agreement(json.loads(options.out.read_text())))


if __name__ == "__main__":
    main()
