"""The settings of a cross-validation."""

from typing import Annotated

import msgspec

from skelgraph.config.choices import Count, FoldKind, Index
from skelgraph.config.data_settings import SplitSettings
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings
from skelgraph.config.train_config import TrainConfig
from skelgraph.errors import RunError

DEFAULT_FOLDS = 5
"""Folds of the protocol ``group`` if none are given."""


class CrossvalConfig(Settings, frozen=True, kw_only=True):
    """All settings of a cross-validation; :func:`skelgraph.crossval` takes it.

    ``CrossvalConfig.of(stream="bone", folds=3)`` makes one from the names of the command's options.

    Example:
        >>> config = CrossvalConfig.of(data="my_folder", folds=3, seeds=(2,))
        >>> config.train.data.folder.name, config.protocol, config.all_seeds
        ('my_folder', 'group', (0, 1))

    Args:
        train: Settings of the training of each fold.
        protocol: Leave each subject out once, each session of IEMOCAP, or test groups of subjects
            in --folds folds (of recordings, if subjects are not known).
        folds: Folds of the protocol group.
        seeds: Train each fold with so many seeds, counted from --seed, or with these: 0,1,2.
        workers: Folds that are trained at a time, each in a process of its own.
        final: Train a model on everybody beside the folds, in RUN/final: the one to use.
        calibrated: Report also what is reached when each clip is judged by what is usual of its
            person, over all clips of the person but no label: another protocol.
    """

    train: TrainConfig = TrainConfig()
    protocol: Annotated[
        FoldKind | None, Option(default="subject if each clip's is known, else group")
    ] = None
    folds: Annotated[Count | None, Option(default=f"{DEFAULT_FOLDS}")] = None
    seeds: Annotated[tuple[Index, ...], Option(metavar="N|0,1,2", distinct=True)] = (1,)
    workers: Annotated[Count | None, Option(default="a core each; 1 on a GPU")] = None
    final: bool = False
    calibrated: bool = False

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """Seeds of the trainings of each fold."""
        if len(self.seeds) > 1:
            return self.seeds
        first = self.train.seed
        return tuple(range(first, first + max(1, self.seeds[0])))

    def check_together(self) -> None:
        """Choose the protocol by groups if folds are given.

        Raises:
            RunError: If settings do not go together.
        """
        allowed = SplitSettings(allow_leaks=self.train.split.allow_leaks)
        if self.train.split != allowed:
            raise RunError(
                "a cross-validation divides the clips by its protocol; leave out --split and "
                "its fold, and the subjects or recordings to test or to validate on"
            )
        if self.folds is not None:
            if self.protocol not in (None, "group"):
                raise RunError(
                    f"folds go with the protocol 'group', but it is {self.protocol!r}, which has "
                    f"a fold for each"
                )
            if self.folds < 2:
                raise RunError(f"expected 2 folds or more, but got {self.folds}")
            msgspec.structs.force_setattr(self, "protocol", "group")
        if not self.seeds:
            raise RunError("expected a number of seeds, or the seeds, but got none")
        if len(self.seeds) > 1 and self.train.seed:
            raise RunError(f"pass the seed {self.train.seed} or a list of seeds, not both")
        if len(self.all_seeds) > 1 and self.train.data.is_generated:
            raise RunError(
                "generated motion is other motion with each seed; name --data to repeat a "
                "cross-validation with several seeds"
            )
