"""Audio files as both acoustic backends take them: one channel, 16 kHz, 16 bits.

Read are the formats of libsndfile: wav of any rate and number of channels, 8, 16, 24 or 32 bits or
floating point; FLAC, Ogg and others as well. Channels are averaged, another rate is resampled with
a polyphase filter. Above the highest frequency of a file of less than 16 kHz there is nothing:
8 kHz (telephone) speech has no energy in the upper mel bands.
"""

import io
from dataclasses import dataclass
from importlib import import_module
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FeatureError
from skelgraph.typing import FloatArray

RATE_HZ = 16_000
_RATES_HZ = range(1_000, 768_001)
_BLOCK = 1 << 16
_SUFFIXES = (".wav", ".flac", ".ogg", ".aiff", ".aif", ".au", ".mp3", ".sph")
_STREAMED = (0, 0xFFFFFFFF)  # sizes in the header of a wav file that was written to a pipe


@dataclass(frozen=True, kw_only=True, eq=False)
class Audio:
    """What an audio file holds.

    Args:
        samples: Array (S,) of 16-bit integers: the mean of the channels at 16 kHz.
        rate_hz: Sampling rate of the file.
        num_channels: Channels of the file.
        duration_s: Its length.
        encoding: Its container and encoding, such as ``"WAV, PCM_16"``.
    """

    samples: npt.NDArray[np.int16]
    rate_hz: int
    num_channels: int
    duration_s: float
    encoding: str


def is_audio_file(path: Path) -> bool:
    """Whether a file is audio, by its suffix or by its first bytes."""
    if path.suffix.lower() in _SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError:
        return False
    return start[:4] in (b"fLaC", b"OggS") or (start[:4], start[8:]) == (b"RIFF", b"WAVE")


def load_bytes(path: Path) -> bytes:
    """Load the bytes of an audio file.

    Raises:
        FeatureError: If it cannot be opened, is empty, or is a wav file that was cut off.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FeatureError(f"{path}: cannot be opened: {error.strerror}") from error
    if not content:
        raise FeatureError(f"{path}: expected audio, but the file is empty")
    if content[:4] == b"RIFF":
        size = int.from_bytes(content[4:8], "little")
        if size not in _STREAMED and size + 8 > len(content) + 1:  # some leave out the last pad
            raise FeatureError(
                f"{path}: expected {size + 8} bytes, as its header says, but the file ends after "
                f"{len(content)}; it was cut off: copy it again"
            )
    return content


def read_audio(path: Path) -> Audio:
    """Read an audio file.

    Raises:
        FeatureError: If it is not one, is cut off, has no sample or ones that are not finite, or
            the package soundfile is not installed.
    """
    return decode_audio(load_bytes(path), path)


def decode_audio(content: bytes, path: Path) -> Audio:
    """Decode the bytes of an audio file; errors name ``path``."""
    soundfile = import_extra("soundfile", f"{path}: to read audio")
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            encoding, rate_hz = f"{file.format}, {file.subtype}", int(file.samplerate)
            signal = _read_blocks(file)
    except soundfile.SoundFileError as error:
        raise FeatureError(
            f"{path}: expected an audio file such as wav, but it cannot be read: {_reason(error)}"
        ) from error
    if rate_hz not in _RATES_HZ:
        raise FeatureError(
            f"{path}: expected a rate of {_RATES_HZ[0]} to {_RATES_HZ[-1]} Hz, but got {rate_hz}"
        )
    if len(signal) == 0:
        raise FeatureError(f"{path}: expected audio, but there is not one sample in the file")
    if not np.isfinite(signal).all():
        raise FeatureError(f"{path}: expected finite samples, but some are not a number")
    return Audio(
        samples=_quantize(_resample(np.clip(signal, -1, 1).mean(axis=1), rate_hz)),
        rate_hz=rate_hz,
        num_channels=signal.shape[1],
        duration_s=len(signal) / rate_hz,
        encoding=encoding,
    )


def _read_blocks(file: Any) -> FloatArray:
    """Read all samples (S, channels) of an open file, whatever number its header tells."""
    blocks = [np.zeros((0, file.channels))]
    while len(block := file.read(_BLOCK, dtype="float64", always_2d=True)):
        blocks.append(block)
    return np.concatenate(blocks)


def _reason(error: Any) -> str:
    return str(getattr(error, "error_string", error)).rstrip(".")


def _resample(signal: FloatArray, rate_hz: int) -> FloatArray:
    if rate_hz == RATE_HZ:
        return signal
    from scipy.signal import resample_poly  # takes half the time of torch to import

    factor = gcd(rate_hz, RATE_HZ)
    return np.asarray(resample_poly(signal, RATE_HZ // factor, rate_hz // factor))


def _quantize(signal: FloatArray) -> npt.NDArray[np.int16]:
    """Convert to 16-bit samples, in which HTK's definitions and openSMILE count; clip the rest."""
    return np.clip(np.round(signal * 32768), -32768, 32767).astype(np.int16)


def import_extra(package: str, purpose: str) -> Any:
    """Import a package of the extra ``audio``.

    Raises:
        FeatureError: If it is not installed; ``purpose`` begins the sentence.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise FeatureError(
            f"{purpose}, the package {package} is needed, but it cannot be imported ({error}): "
            'pip install "skelgraph[audio]"'
        ) from error
