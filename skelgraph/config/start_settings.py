"""Settings of what a training starts from: random weights, or those of another training."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from skelgraph.config.choices import Index
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings
from skelgraph.errors import RunError


class StartSettings(Settings, frozen=True, kw_only=True):
    """Settings of what a training starts from.

    Args:
        init_from: Start from the weights of a finished run, of a model, or of a file: the released
            S-STGCN or ST-GCN, or a state dict of your own. The classifier starts anew unless the
            classes are the same; model, stream, layout and cleaning are the source's, unless you
            choose others.
        freeze: Leave the first N blocks, and what precedes them, as they are.
        layer_decay: Learning rate of a block as a share of that of the next one.
    """

    init_from: Annotated[
        str | None, Option(metavar="RUN|MODEL|FILE.pt", default="random weights")
    ] = None
    freeze: Annotated[Index, Option(metavar="N")] = 0
    layer_decay: Annotated[float, Meta(gt=0, le=1)] = 1.0

    def check_together(self) -> None:
        """Check that there is something to leave as it is; a path becomes absolute.

        Raises:
            RunError: If there is not.
        """
        if self.init_from is None:
            if given := self.list_changed():
                raise RunError(
                    f"{' and '.join(given)}: of trained weights, but this training starts from "
                    f"random ones; name them with --init-from"
                )
        elif (path := Path(self.init_from)).exists():
            msgspec.structs.force_setattr(self, "init_from", str(path.resolve()))
