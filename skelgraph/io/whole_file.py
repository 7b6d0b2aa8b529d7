"""The one way in which files are replaced: as a whole, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replace_whole(file: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a path to write to, which takes the file's place when all went well.

    The path lies beside the file. Its name is hidden and ends as the file's, so that the suffix
    still tells the format. Its content is on the disk before it replaces the file; if anything is
    raised, it is removed and the file is left alone.

    Args:
        file: The file; its folder is made.
        private: Whether only the user may read the file.

    Raises:
        OSError: If the file or its folder cannot be written to.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{secrets.token_hex(4)}-{file.name}")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666))
        yield partial
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
