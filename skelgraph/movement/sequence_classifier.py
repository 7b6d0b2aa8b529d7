"""What our estimators for scikit-learn have in common: they take recordings, not an array."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets

from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray, IntArray


class SequenceClassifier(ClassifierMixin, BaseEstimator):
    """A classifier of recordings, for scikit-learn's own tools.

    Subclasses have ``fit(X, y, groups=None)`` and :meth:`predict_proba`.

    Attributes:
        classes_: The labels, sorted; columns of :meth:`predict_proba`.
    """

    classes_: NDArray[Any]

    @abstractmethod
    def predict_proba(self, X: Sequence[PoseSequence]) -> FloatArray:
        """Return the probability (recordings, classes) of each class."""

    def predict(self, X: Sequence[PoseSequence]) -> NDArray[Any]:
        """Return the most probable label of each recording.

        Raises:
            NotFittedError: If ``fit`` was not called.
            ValueError: As :meth:`predict_proba`.
        """
        numbers = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[numbers])

    def __sklearn_tags__(self) -> Tags:
        """Say that recordings are no array of two dimensions, and that we check them ourselves."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags

    def _check_fitted(self) -> None:
        if not hasattr(self, "classes_"):
            raise NotFittedError("fit the classifier before it predicts")


def check_sequences(X: Sequence[PoseSequence]) -> list[PoseSequence]:
    """Return recordings as a list.

    Raises:
        ValueError: If they are no recordings.
    """
    sequences = list(X)
    wrong = [one for one in sequences if not isinstance(one, PoseSequence)]
    if wrong:
        raise ValueError(
            f"expected recordings (skelgraph.PoseSequence), but got {type(wrong[0]).__name__}; "
            f"read_sequence reads a file, and PoseSequence takes an array (frames, joints, 2 or 3)"
        )
    return sequences


def number_labels(sequences: Sequence[PoseSequence], y: ArrayLike) -> tuple[NDArray[Any], IntArray]:
    """Return the sorted labels, and the number of each recording's label.

    Raises:
        ValueError: If there is not one label for each recording, there are fewer than two
            recordings, all have one label, or labels are measured numbers.
    """
    labels = np.asarray(y)
    if len(sequences) < 2 or labels.shape != (len(sequences),):
        raise ValueError(
            f"expected two recordings or more and a label for each, but got {len(sequences)} "
            f"sample{'s' if len(sequences) != 1 else ''} and labels {labels.shape}"
        )
    check_classification_targets(labels)
    classes, numbers = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"expected two classes or more, but got 1 class, {classes[0]}")
    return classes, numbers


def check_groups(
    sequences: Sequence[PoseSequence], groups: Sequence[Any] | None
) -> list[str] | None:
    """Return the person of each recording: the groups, or the subjects if all have one.

    Raises:
        ValueError: If there is not one group for each recording.
    """
    if groups is not None:
        if len(groups) != len(sequences):
            raise ValueError(
                f"expected a group for each of {len(sequences)} recordings, but got {len(groups)}"
            )
        return [str(group) for group in groups]
    subjects = [sequence.subject for sequence in sequences]
    return None if None in subjects else [str(subject) for subject in subjects]
