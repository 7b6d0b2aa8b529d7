"""The baseline that anybody would try first: statistics of joint motion in a linear model."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skelgraph.data import load_dataset
from skelgraph.layouts import get_layout
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.runs import Prediction

STRENGTHS = tuple(float(one) for one in 10.0 ** np.arange(-1, 5))


def describe_statistics(sequence: PoseSequence) -> np.ndarray:
    """Return mean and standard deviation of positions, speed and acceleration of each joint."""
    positions = np.nan_to_num(sequence.positions)
    velocity = np.gradient(positions, axis=0) * sequence.fps
    speed = np.linalg.norm(velocity, axis=2)
    acceleration = np.linalg.norm(np.gradient(velocity, axis=0) * sequence.fps, axis=2)
    series = np.concatenate([positions.reshape(len(positions), -1), speed, acceleration], axis=1)
    return np.concatenate([series.mean(axis=0), series.std(axis=0)])


def predict_mpi_ebed(root: object, *, layout: str = "upper10") -> list[Prediction]:
    """Predict the clips of each actor of mpi-ebed by a ridge that was fitted to the others."""
    clips = load_dataset("mpi-ebed", root=root)
    cleaning = Preprocessing(layout=get_layout(layout), fps=30.0)
    features = np.stack([describe_statistics(cleaning.apply(one)) for one in clips.sequences])
    return predict_each_subject(features, clips.sequences, clips.classes)


def predict_each_subject(
    features: np.ndarray, sequences: Sequence[PoseSequence], classes: Sequence[str]
) -> list[Prediction]:
    """Predict the clips of each subject by a class-balanced ridge that never saw the subject."""
    labels = np.array([one.label for one in sequences])
    subjects = np.array([one.subject for one in sequences])
    predictions = []
    for subject in sorted(set(subjects.tolist())):
        test = np.flatnonzero(subjects == subject)
        rest = np.flatnonzero(subjects != subject)
        model = make_pipeline(
            StandardScaler(), RidgeClassifierCV(STRENGTHS, class_weight="balanced")
        ).fit(features[rest], labels[rest])
        for clip, answer in zip(test, model.predict(features[test]), strict=True):
            sure = {name: float(name == answer) for name in classes}
            predictions.append(
                Prediction(
                    name=sequences[clip].name,
                    label=sequences[clip].label,
                    prediction=str(answer),
                    probabilities=sure,
                    subject=str(subject),
                )
            )
    return predictions
