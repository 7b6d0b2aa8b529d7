import numpy as np
import pytest

from skelgraph.errors import SplitError
from skelgraph.evaluation import NUM_MDRE_FOLDS, find_leaks, make_split

SIZES = [(4445, 313, 773), (4374, 386, 771), (4399, 353, 779), (4432, 343, 756), (4474, 307, 750)]
"""Clips to train, to validate and to test that the code of MDRE prints for its 5,531."""
LABELS = ["angry", "happy", "neutral", "sad"] * 1383


@pytest.mark.parametrize("fold", range(1, NUM_MDRE_FOLDS + 1))
def test_the_folds_have_the_published_sizes(fold: int) -> None:
    split = make_split("mdre", labels=LABELS[:5531], fold=fold)
    assert (len(split.train), len(split.val), len(split.test)) == SIZES[fold - 1]
    assert split.protocol.startswith(f"mdre: fold {fold} of 5 as MDRE draws them")


def test_every_clip_is_held_out_once() -> None:
    splits = [make_split("mdre", labels=LABELS[:500], fold=fold) for fold in range(1, 6)]
    held = np.concatenate([part for split in splits for part in (split.val, split.test)])
    assert sorted(held.tolist()) == list(range(500))


def test_no_fold_is_the_first_and_no_seed_changes_it() -> None:
    first = make_split("mdre", labels=LABELS, fold=1)
    assert make_split("mdre", labels=LABELS, seed=5).test.tolist() == first.test.tolist()


def test_speakers_on_both_sides_are_reported() -> None:
    subjects = ["Ses01F", "Ses01M"] * 200
    split = make_split("mdre", labels=LABELS[:400], subjects=subjects)
    leaks = find_leaks(split, subjects=subjects, recordings=None)
    assert leaks == [
        "2 subjects are in the test part and also in training or validation: Ses01F, Ses01M"
    ]


@pytest.mark.parametrize(
    ("kind", "fold", "message"),
    [
        ("mdre", 6, "a fold from 1 to 5, but got 6"),
        ("random", 2, "a fold needs the split 'mdre', but it is 'random'"),
    ],
)
def test_wrong_folds_are_errors(kind, fold: int, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        make_split(kind, labels=LABELS[:40], fold=fold)


def test_a_pattern_stands_for_the_speakers_of_a_session() -> None:
    subjects = [f"Ses{session:02d}{gender}" for session in range(1, 6) for gender in "FM"] * 8
    labels = ["angry"] * 40 + ["sad"] * 40
    split = make_split(
        "subject",
        labels=labels,
        subjects=subjects,
        test_subjects=["Ses05*"],
        val_subjects=["Ses04?"],
    )
    assert split.protocol == "subject: test Ses05F, Ses05M; validation Ses04F, Ses04M"
    assert {subjects[clip] for clip in split.test} == {"Ses05F", "Ses05M"}
    with pytest.raises(SplitError, match=r"there is no subject 'Ses09\*'; there are Ses01F"):
        make_split("subject", labels=labels, subjects=subjects, test_subjects=["Ses09*"])
    with pytest.raises(SplitError, match="Ses05M is both"):
        make_split(
            "subject",
            labels=labels,
            subjects=subjects,
            test_subjects=["Ses05*"],
            val_subjects=["Ses05M"],
        )
