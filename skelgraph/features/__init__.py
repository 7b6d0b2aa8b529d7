"""Features of what is heard in a clip: of its audio, and of the words of its transcript."""

from skelgraph.features.acoustic import ACOUSTIC_BACKENDS, AcousticBackend, AcousticFeatures
from skelgraph.features.feature_names import MFCC_NAMES, PROSODY_NAMES
from skelgraph.features.tokens import tokenize
from skelgraph.features.vocabulary import Vocabulary
from skelgraph.features.word_vectors import WordVectors, random_word_vectors, read_word_vectors

__all__ = [
    "ACOUSTIC_BACKENDS",
    "MFCC_NAMES",
    "PROSODY_NAMES",
    "AcousticBackend",
    "AcousticFeatures",
    "Vocabulary",
    "WordVectors",
    "random_word_vectors",
    "read_word_vectors",
    "tokenize",
]
