"""``skelgraph push``."""

from pathlib import Path

import click

from .models import list_gaps
from .options import PATH


@click.command("push")
@click.argument("run", type=PATH, metavar="RUN|MODEL")
@click.argument("name", metavar="USER/NAME")
@click.option("--private", is_flag=True, help="Make a new repository private.")
@click.option("--revision", help="Branch to upload to.  [default: main]")
@click.option("--message", help="First line of the commit.")
@click.option("--card", type=PATH, help="TOML file with the words of the card.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(
    run: Path,
    name: str,
    private: bool,
    revision: str | None,
    message: str | None,
    card: Path | None,
    yes: bool,
) -> None:
    """Upload the model of a RUN, or a MODEL folder, to the Hugging Face Hub.

    The weights, the settings and a card are uploaded; no code, no names of clips or
    files, and no names of people. What will be public is shown, and you are asked.

    \b
    skelgraph push runs/my_run ann/calm2 --card card.toml
    skelgraph predict hf://ann/calm2 walk.bvh
    """
    from tempfile import TemporaryDirectory

    from skelgraph.hub import HubReference, upload_folder
    from skelgraph.runs import MODEL_FILES, find_run, prepare_upload, read_card_text

    target = HubReference.parse(name, revision=revision)
    text = None if card is None else read_card_text(card)
    source = find_run(run)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "model"
        made = prepare_upload(source, folder, target, text=text)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for note in list_gaps(made):
            click.echo(f"note: {note}", err=True)
        if not yes:
            for file in files:
                size = file.stat().st_size / 1000
                click.echo(f"  {file.relative_to(folder).as_posix()}  {size:.1f} kB", err=True)
            seen = "privately, if the repository is new," if private else "for everybody to see"
            click.confirm(f"upload these files to {target} {seen}?", abort=True, err=True)
        address = upload_folder(
            folder, target, patterns=MODEL_FILES, private=private, message=message
        )
    click.echo(f"uploaded: {address}")
