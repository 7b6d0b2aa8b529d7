"""Damaged files: each gives a sequence or the package's own error, in time and in proportion.

Sound files are changed in a few places, as a broken disk, a careless program or an enemy might
change them, and read. What may come of it is a sequence, or a
:class:`skelgraph.errors.SkelgraphError` that names the file. What must not: another error or a
warning, a hang, memory out of proportion to the file, or anything that runs because the file says
so.
"""

import io
import json
import sys
import tempfile
import time
import traceback
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.sample_files import SAMPLES, Sample
from skelgraph.errors import FormatWarning, RunError, SkelgraphError
from skelgraph.io import READERS

MAX_MIB = 16.0
"""Memory that the reading of one small file may take at once; sound ones take less than 1 MiB."""

_ALPHABET = b'0123456789.-+eE#,;:\t\n "{}[]_xyz\0\xff\xe9naif'
_NUMBERS = (b"-1", b"0", b"1e39", b"1e309", b"nan", b"99999999999", b"0.5", b"-0", b"1_0", b"")
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    3.5,
    1e308,
    10**30,
    "x",
    "7",
    [],
    {},
    [[]],
    [7],
    {"a": []},
)
_FORBIDDEN = (
    *("os.exec", "os.fork", "os.posix_spawn", "os.remove", "os.rename", "os.system", "os.truncate"),
    *("ctypes.dlopen", "pickle.find_class", "shutil.", "socket.", "subprocess."),
)
"""Beginnings of the names of Python's audit events that no reading of a file gives rise to."""


def mutate(content: bytes, rng: np.random.Generator) -> bytes:
    """Change, remove, double or insert a few bytes or stretches of a file's content.

    A zip archive is mostly mutated inside: its members are, and are packed again. Of JSON, values
    at any level are exchanged or removed as well.
    """
    if content.startswith(b"PK") and rng.random() < 0.8:
        return _mutate_members(content, rng)
    if content[:1] in (b"{", b"[") and rng.random() < 0.5:
        return _mutate_json(content, rng)
    damaged = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        _mutate_once(damaged, rng)
    return bytes(damaged)


def _mutate_members(content: bytes, rng: np.random.Generator) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    chosen = str(rng.choice(list(members)))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, mutate(member, rng) if name == chosen else member)
    return packed.getvalue()


def _mutate_json(content: bytes, rng: np.random.Generator) -> bytes:
    """Something else at any level, or nothing: as often near the root as far from it."""
    value = json.loads(content)
    places = list(_list_places(value))
    for _ in range(int(rng.integers(1, 4))):
        holder, key = places[int(len(places) ** rng.random()) - 1]
        if isinstance(holder, dict) and rng.random() < 0.2:
            holder.pop(key, None)
        elif isinstance(holder, dict) or key < len(holder):
            holder[key] = _VALUES[int(rng.integers(0, len(_VALUES)))]
    return json.dumps(value).encode()


def _list_places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with each of its keys or numbers."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _list_places(value[key])


def _mutate_once(damaged: bytearray, rng: np.random.Generator) -> None:
    # Headers are short, and matter most.
    reach = len(damaged) if rng.random() < 0.6 else min(len(damaged), 300)
    start = int(rng.integers(0, reach + 1))
    stop = start + int(rng.choice([1, 1, 4, 40, len(damaged)]))
    kind = int(rng.integers(0, 7))
    if kind == 0:
        damaged[start : start + 1] = bytes([int(rng.choice(list(_ALPHABET)))])
    elif kind == 1:
        damaged[start : start + 1] = bytes([int(rng.integers(0, 256))])
    elif kind == 2:
        del damaged[start:stop]
    elif kind == 3:
        damaged[start:start] = damaged[start:stop]
    elif kind == 4:
        damaged[start:start] = bytes(rng.choice(list(_ALPHABET), size=3).tolist())
    elif kind == 5:
        damaged[start : start + 4] = int(rng.choice([0, 1, 2**31, 2**32 - 1])).to_bytes(4, "little")
    else:
        _replace_number(damaged, start, rng)


def _replace_number(damaged: bytearray, start: int, rng: np.random.Generator) -> None:
    """Put another number in the place of the next one that is spelled in text."""
    digits = b"0123456789.-+e"
    first = next((n for n in range(start, len(damaged)) if damaged[n] in digits), len(damaged))
    last = next((n for n in range(first, len(damaged)) if damaged[n] not in digits), len(damaged))
    damaged[first:last] = _NUMBERS[int(rng.integers(0, len(_NUMBERS)))]


@dataclass(kw_only=True)
class Tally:
    """What came of mutated files.

    Args:
        read: Number that gave sequences.
        refused: Number that gave the package's own error.
        failures: One line for each file with which something went wrong.
        peak_mib: Most memory that reading one took.
        slowest_s: Most processor time that reading one took, in seconds.
    """

    read: int
    refused: int
    failures: list[str]
    peak_mib: float
    slowest_s: float

    @classmethod
    def empty(cls) -> "Tally":
        """Return the tally of no file."""
        return cls(read=0, refused=0, failures=[], peak_mib=0.0, slowest_s=0.0)

    def add(self, other: "Tally") -> None:
        """Add the counts of another tally."""
        self.read += other.read
        self.refused += other.refused
        self.failures += other.failures
        self.peak_mib = max(self.peak_mib, other.peak_mib)
        self.slowest_s = max(self.slowest_s, other.slowest_s)


def read_mutations(
    sample_name: str,
    numbers: range,
    seed: int,
    *,
    num_frames: int = 8,
    before: Callable[[int], object] = lambda number: None,
) -> Tally:
    """Read mutated copies of a sample, in this process.

    Args:
        sample_name: A key of :data:`harness.sample_files.SAMPLES`.
        numbers: Numbers of the copies; a copy is decided by seed and number.
        seed: Decides the mutations.
        num_frames: Frames of the sample.
        before: Called with the number of each copy before it is read.

    Raises:
        RunError: If the sample itself cannot be read.
    """
    sample = SAMPLES[sample_name]
    tally = Tally.empty()
    with tempfile.TemporaryDirectory() as folder, _Watch() as watch:
        path = Path(folder) / f"sample{sample.suffix}"
        sample.write(path, num_frames)
        sound = _read(sample, path)
        if not isinstance(sound, int):
            raise RunError(f"sample {sample_name!r} cannot be read: {sound}")
        files = [path] if path.is_file() else sorted(path.iterdir())
        contents = [file.read_bytes() for file in files]
        for number in numbers:
            rng = np.random.default_rng((seed, number))
            chosen = int(rng.integers(0, len(files)))
            files[chosen].write_bytes(mutate(contents[chosen], rng))
            before(number)
            watch.start()
            result = _read(sample, path)
            watch.stop(tally, result, f"{sample_name}, seed {seed}, copy {number}")
            files[chosen].write_bytes(contents[chosen])
    return tally


def _read(sample: Sample, path: Path) -> int | str | SkelgraphError:
    """Return the number of sequences, the package's own error, or what else went wrong."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", FormatWarning)
            persons = READERS[sample.format].read(path, layout=sample.layout, fps=sample.fps)
    except SkelgraphError as error:
        return error if path.name in str(error) else f"an error without the file's name: {error}"
    except Exception as error:  # which this is there to find
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error}"
    return len(persons)


class _Watch:
    """Measures the reading of a file, and listens to what Python does meanwhile."""

    events: list[str] | None = None
    is_hooked = False

    def __enter__(self) -> "_Watch":
        if not _Watch.is_hooked:  # a hook cannot be taken off again
            sys.addaudithook(_Watch.hear)
            _Watch.is_hooked = True
        tracemalloc.start()
        return self

    def __exit__(self, *_: object) -> None:
        tracemalloc.stop()

    @staticmethod
    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if _Watch.events is None:
            return
        writes = event == "open" and isinstance(arguments[1], str) and set("wax+") & {*arguments[1]}
        if writes or event.startswith(_FORBIDDEN):
            _Watch.events.append(event)

    def start(self) -> None:
        tracemalloc.reset_peak()
        self.memory = tracemalloc.get_traced_memory()[0]
        _Watch.events = []
        self.begin = time.process_time()

    def stop(self, tally: Tally, result: int | str | SkelgraphError, where: str) -> None:
        seconds = time.process_time() - self.begin
        events, _Watch.events = _Watch.events, None
        mib = (tracemalloc.get_traced_memory()[1] - self.memory) / 2**20
        tally.slowest_s = max(tally.slowest_s, seconds)
        tally.peak_mib = max(tally.peak_mib, mib)
        if isinstance(result, int):
            tally.read += 1
        elif isinstance(result, SkelgraphError):
            tally.refused += 1
        else:
            tally.failures.append(f"{where}: {result}")
        if mib > MAX_MIB:
            tally.failures.append(f"{where}: took {mib:.0f} MiB")
        if events:
            tally.failures.append(f"{where}: gave rise to {', '.join(events)}")
