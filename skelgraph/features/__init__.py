"""Features of what is heard in a clip: of its audio, and of the words of its transcript."""

from skelgraph.features.acoustic import ACOUSTIC_BACKENDS, AcousticBackend, AcousticFeatures
from skelgraph.features.audio import RATE_HZ, Audio, is_audio_file, read_audio
from skelgraph.features.extraction import extract_acoustic, extract_all
from skelgraph.features.feature_names import (
    DESCRIPTORS,
    FUNCTIONALS,
    MFCC_NAMES,
    PROSODY_NAMES,
)
from skelgraph.features.tokens import tokenize
from skelgraph.features.vocabulary import Vocabulary
from skelgraph.features.word_vectors import WordVectors, random_word_vectors, read_word_vectors

__all__ = [
    "ACOUSTIC_BACKENDS",
    "DESCRIPTORS",
    "FUNCTIONALS",
    "MFCC_NAMES",
    "PROSODY_NAMES",
    "RATE_HZ",
    "AcousticBackend",
    "AcousticFeatures",
    "Audio",
    "Vocabulary",
    "WordVectors",
    "extract_acoustic",
    "extract_all",
    "is_audio_file",
    "random_word_vectors",
    "read_audio",
    "read_word_vectors",
    "tokenize",
]
