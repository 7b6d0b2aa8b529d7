"""The model of movement features as an estimator of scikit-learn."""

from collections.abc import Sequence
from typing import Any, Self

from numpy.typing import ArrayLike

from skelgraph.movement.clip_motion import measure_motion
from skelgraph.movement.feature_model import FeatureModel, fit_feature_model
from skelgraph.movement.sequence_classifier import (
    SequenceClassifier,
    check_groups,
    check_sequences,
    number_labels,
)
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray


class MovementClassifier(SequenceClassifier):
    """Ridge on posture and movement of recordings, for scikit-learn's own tools.

    It cleans nothing: recordings are those that :class:`skelgraph.poses.Preprocessing` gives, of
    one layout and all in 2D or all in 3D. Cleaning learns nothing from the recordings as long as no
    bone lengths are fitted, so that it can be done once for all folds.

    Args:
        seed: Seed of the random convolutions.

    Attributes:
        classes_: The labels, sorted; columns of :meth:`predict_proba`.
        model_: The fitted :class:`FeatureModel`.

    Example:
        >>> from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
        >>> cross_val_score(
        ...     MovementClassifier(), sequences, labels, groups=subjects, cv=LeaveOneGroupOut(),
        ...     scoring="balanced_accuracy",
        ... )  # doctest: +SKIP
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(
        self, X: Sequence[PoseSequence], y: ArrayLike, groups: Sequence[Any] | None = None
    ) -> Self:
        """Fit the ridge; its strength is chosen on groups that are left out in turn.

        Args:
            X: Cleaned recordings.
            y: Label of each.
            groups: Person of each; by default the ``subject`` of the recordings, if all have one.
                Without, single recordings are left out.

        Raises:
            PoseError: If a layout has no trunk, head or hands, or a recording never shows any.
            ValueError: If there are fewer than two recordings or labels, or not one label for each.
        """
        sequences = check_sequences(X)
        self.classes_, numbers = number_labels(sequences, y)
        self.model_: FeatureModel
        self.model_, _ = fit_feature_model(
            [measure_motion(sequence) for sequence in sequences],
            numbers,
            num_classes=len(self.classes_),
            groups=check_groups(sequences, groups),
            seed=self.seed,
        )
        return self

    def predict_proba(self, X: Sequence[PoseSequence]) -> FloatArray:
        """Return the probability (recordings, classes) of each class.

        Raises:
            NotFittedError: If :meth:`fit` was not called.
            PoseError: As :meth:`fit`.
            ValueError: If the recordings have other dimensions than those of the training.
        """
        self._check_fitted()
        return self.model_.predict_proba([measure_motion(one) for one in check_sequences(X)])
