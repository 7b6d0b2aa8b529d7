"""``skelgraph cache``."""

import click

from skelgraph.config import CacheSettings

from .options import settings_options
from .output import print_table

_ALL = "all"
_CONTENTS = {
    "datasets": "parsed recordings of datasets",
    "fingerprints": "digests of files, until they change",
    "keypoints": "keypoints estimated in videos",
    "lifted": "skeletons lifted to 3D",
    "acoustic": "acoustic features of audio files",
    "models": "fetched model files",
    "alphapose": "results of AlphaPose that could not be read",
}


@click.command("cache")
@settings_options(CacheSettings)
@click.option("--yes", is_flag=True, help="Remove them without a question.")
def command(clear: str | None, yes: bool) -> None:
    """Show where the cache lies and how large it is, or clear it.

    The cache holds what was computed from files, so that it is computed once. It can be
    cleared at any time; the next start is slower then. The variable SKELGRAPH_CACHE
    names another folder.

    \b
    skelgraph cache
    skelgraph cache --clear
    skelgraph cache --clear datasets --yes
    """
    if clear is not None:
        _clear(clear, yes)
    elif yes:
        raise click.UsageError("--yes goes with --clear")
    else:
        _show()


def _show() -> None:
    from skelgraph.io import cache_folder, list_cache

    listed = list_cache()
    click.echo(f"cache: {cache_folder()}")
    rows: list[tuple[str, ...]] = [
        (files.kind, str(len(files.paths)), _format(files.num_bytes), _CONTENTS[files.kind])
        for files in listed
    ]
    count = sum(len(files.paths) for files in listed)
    rows.append((_ALL, str(count), _format(sum(files.num_bytes for files in listed)), ""))
    print_table(("kind", "files", "size", "contents"), rows, numeric=(1, 2))


def _clear(kind: str, yes: bool) -> None:
    from skelgraph.io import cache_folder, clear_cache, list_cache

    chosen = [files for files in list_cache() if kind in (files.kind, _ALL) and files.paths]
    count = sum(len(files.paths) for files in chosen)
    size = _format(sum(files.num_bytes for files in chosen))
    what = f"{count} file{'s' * (count != 1)}, {size}"
    what += f" ({', '.join(files.kind for files in chosen)})" if chosen else ""
    if chosen and not yes:
        click.confirm(f"Remove {what}, from {cache_folder()}?", abort=True, err=True)
    for files in chosen:
        clear_cache(files)
    click.echo(f"removed: {what}, from {cache_folder()}")


def _format(num_bytes: int) -> str:
    from rich.filesize import decimal

    return decimal(num_bytes)
