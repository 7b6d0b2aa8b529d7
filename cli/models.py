"""``skelgraph models``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import PATH, json_option
from .output import print_json, print_table

if TYPE_CHECKING:
    from skelgraph.runs import ModelCard


@click.group("models", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the trained models that come with skelgraph; show the card of a model.

    \b
    skelgraph models
    skelgraph models show emotion4
    skelgraph models show hf://user/name
    skelgraph models save runs/my_run my_model
    """
    if ctx.invoked_subcommand is not None:
        return
    from skelgraph.runs import find_run, list_box, read_model_card

    cards = [read_model_card(find_run(name).path) for name in list_box()]
    if as_json:
        print_json({"models": [card.to_dict() for card in cards]})
        return
    if not cards:
        click.echo("no model comes with this skelgraph; `skelgraph train` makes your own")
        return
    print_table(
        ("model", "question", "answers", "result", "size", "license"),
        [
            (
                card.name,
                card.question,
                ", ".join(card.classes) or "joints in space",
                card.result,
                f"{card.size_mb:.1f} MB",
                card.text.license or "not told",
            )
            for card in cards
        ],
        numeric=(4,),
        whole=(0,),
    )


@command.command("show")
@click.argument("model", type=PATH, metavar="MODEL|RUN")
@json_option
def show(model: Path, as_json: bool) -> None:
    """Show the card of a MODEL: what it answers, how it was tested, what it is not for.

    MODEL comes with skelgraph, or is a model folder or hf://user/name; of a RUN, the
    card is shown that it would have.
    """
    from skelgraph.runs import find_run, is_model_folder

    folder = find_run(model).path
    if is_model_folder(folder) and not as_json:
        click.echo(_without_front((folder / "README.md").read_text(encoding="utf-8")).strip())
        return
    card = _read_card(folder)
    if as_json:
        print_json(card.to_dict())
        return
    from skelgraph.runs import write_card_page

    click.echo(_without_front(write_card_page(card)).strip())


def _read_card(folder: Path) -> "ModelCard":
    from skelgraph.runs import RunDirectory, is_model_folder, publish_run, read_model_card

    if is_model_folder(folder):
        return read_model_card(folder)
    return publish_run(RunDirectory(path=folder), reference=str(folder)).card


@command.command("save")
@click.argument("run", type=PATH)
@click.argument("folder", type=PATH)
@click.option("--card", type=PATH, help="TOML file with the words of the card.")
def save(run: Path, folder: Path, card: Path | None) -> None:
    """Write the model of a RUN to a FOLDER, to be given to others.

    The folder holds the weights, the settings and a card; no code, no names of clips or
    files, and no names of people.
    """
    from skelgraph.runs import find_run, read_card_text, write_model_folder

    text = None if card is None else read_card_text(card)
    made = write_model_folder(find_run(run), folder, text=text)
    click.echo(f"written: {folder} ({made.size_mb:.1f} MB)")
    for note in list_gaps(made):
        click.echo(f"note: {note}", err=True)


def list_gaps(card: "ModelCard") -> list[str]:
    """Return what a card does not say and its reader should know."""
    text = card.text
    missing = [
        name
        for name, there in (
            ("license", text.license),
            ("data", text.data or card.data_description),
            ("missing", text.missing),
        )
        if not there
    ]
    if not missing:
        return []
    return [
        f"the card lacks {', '.join(missing)}; write these fields to a TOML file and pass it with "
        f"--card"
    ]


def _without_front(page: str) -> str:
    """Return a page without the facts in front, which are for the Hub's search."""
    return page.split("\n---\n", 1)[-1] if page.startswith("---\n") else page
