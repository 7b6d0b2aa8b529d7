"""The errors and warnings that skelgraph raises for its users' mistakes.

Each says what was expected, what came, where, and what to do. The command turns them into one line.
"""


class SkelgraphError(Exception):
    """Base of all errors that a user of skelgraph can put right."""


class LayoutError(SkelgraphError, ValueError):
    """A joint layout is malformed, unknown, or another one than was needed."""


class PoseError(SkelgraphError, ValueError):
    """A pose sequence does not hold what its fields promise, or cannot be processed as asked."""


class FormatError(SkelgraphError, ValueError):
    """A file is not what its format asks for."""


class FormatWarning(UserWarning):
    """A file is nearly what its format asks for: it was read, and the message says how."""


class RateError(FormatError):
    """A file does not tell its frame rate, and none was given."""


class DatasetError(SkelgraphError, ValueError):
    """A dataset cannot be used as asked: no labels, too few clips, unlike layouts."""


class SplitError(SkelgraphError, ValueError):
    """A dataset cannot be split as asked."""


class RunError(SkelgraphError, ValueError):
    """A folder is not a run directory, or its files do not fit each other."""


class ExtractionError(SkelgraphError, ValueError):
    """A video cannot be read, or a stage of the way from it to a skeleton cannot be done."""


class FeatureError(SkelgraphError, ValueError):
    """Audio, a transcript or word vectors cannot be turned into features as asked."""


class HubError(SkelgraphError, ValueError):
    """A model cannot be fetched from the Hub, or uploaded to it."""
