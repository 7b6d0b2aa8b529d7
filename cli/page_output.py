"""Pages that commands write, and opening them in the browser."""

import tempfile
from pathlib import Path

import click


def make_page_path(file: Path, out: Path | None) -> Path:
    """Return the page to write: the one that is named, or one in a new temporary folder."""
    if out is None:
        return Path(tempfile.mkdtemp(prefix="skelgraph-")) / f"{file.resolve().stem}.html"
    check_page(out)
    return out


def is_page(out: Path) -> bool:
    """Whether the name of a file is that of a page."""
    return out.suffix.lower() in (".html", ".htm")


def check_page(out: Path) -> None:
    """Check that the name of a page ends as one."""
    if not is_page(out):
        raise click.UsageError(f"--out {out}: expected a page whose name ends in .html")


def open_page(page: Path, *, opens: bool, err: bool = False) -> None:
    """Name the page that was written, and open it if that is wished."""
    click.echo(f"written: {page}", err=err)
    if not opens:
        return
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        click.echo("note: no browser could be opened; open the page yourself", err=True)
