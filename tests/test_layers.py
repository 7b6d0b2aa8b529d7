"""The rooms of the package import downward only, and heavy packages stay where they belong."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import networkx
import pytest

ROOT = Path(__file__).parents[1]

FLOORS = (
    ("errors", "typing", "_version"),
    ("config",),
    ("layouts",),
    ("poses",),
    ("io",),
    ("evaluation", "features", "hub", "movement", "synthetic"),
    ("nn", "data"),
    ("models", "transforms"),
    ("runs",),
    ("training",),
    ("lifting",),
    ("serving", "extraction"),
    ("prediction",),
    ("streaming", "explanation"),
    ("experiments",),
    ("pages",),
    ("skelgraph",),  # skelgraph/__init__.py, which offers the most used names of all rooms
    ("skelgraph_cli", "benchmarks"),
)
SUBROOMS = {
    *("training.fusion", "training.multimodal", "training.starting"),
    "experiments.figures",
    "streaming.sources",
}
"""Rooms inside rooms, with doors of their own."""
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
TORCH_PACKAGES = {"torch", "torch_geometric", "lightning", "pytorch_lightning", "torchmetrics"}
ROOMS_WITHOUT_TORCH = {
    *("errors", "typing", "_version"),
    *("config", "layouts", "poses", "io", "evaluation", "features", "hub", "movement"),
    "synthetic",
}
LIGHT = {
    *("click", "rich", "skelgraph_cli"),
    *("skelgraph", "skelgraph.__version__", "skelgraph._version", "skelgraph.errors"),
    "skelgraph.config",  # without torch and numpy: options are made of it
}


def room_of(module: str) -> str | None:
    """The room of a module of ours; None of any other."""
    parts = module.split(".")
    if parts[0] == "skelgraph":
        return parts[1] if len(parts) > 1 else "skelgraph"
    return parts[0] if parts[0] in ("skelgraph_cli", "benchmarks") else None


def names_of(statement: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    """Full names of the modules that a statement imports; ``from skelgraph import io`` names two:
    the package, and the room in it."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    base = statement.module or ""
    if statement.level:
        parents = package.split(".")
        above = parents[: len(parents) - statement.level + 1]
        base = ".".join([*above, base] if base else above)
    if base not in ("skelgraph", "skelgraph_cli"):
        return [base]
    return [base, *(f"{base}.{alias.name}" for alias in statement.names)]


def import_statements(node: ast.AST, *, at_start: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """All import statements, or only those that run as soon as the module itself is imported."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node
    if at_start and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    children: list[ast.AST] = list(ast.iter_child_nodes(node))
    if at_start and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        children = list(node.orelse)
    for child in children:
        yield from import_statements(child, at_start=at_start)


def find_violations(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """What a module imports and should not, one sentence each."""
    room = room_of(module)
    if room is None or room not in FLOOR:
        return [f"{module}: room {room!r} has no floor; add it to the table of this test"]
    package = module if is_package else module.rpartition(".")[0]
    tree = ast.parse(source)
    found = [
        f"{module}:{statement.lineno} imports {name}: {problem}"
        for statement in import_statements(tree, at_start=False)
        for name in names_of(statement, package)
        if (problem := judge(room, name))
    ]
    if room in ("skelgraph", "skelgraph_cli"):
        found += [
            f"{module}:{statement.lineno} imports {name}: heavy packages wait inside functions"
            for statement in import_statements(tree, at_start=True)
            for name in names_of(statement, package)
            if not is_light(name)
        ]
    return found


def judge(room: str, name: str) -> str | None:
    """What is wrong with a module of this room importing that name, wherever it does."""
    top, other = name.partition(".")[0], room_of(name)
    if top == "torch_scatter":
        return "torch_geometric.utils uses it where it is installed; nothing of ours does"
    if top in TORCH_PACKAGES and room in ROOMS_WITHOUT_TORCH:
        return "this room does without torch"
    if other is None or other == room:
        return None
    if name.count(".") > (1 + (".".join(name.split(".")[1:3]) in SUBROOMS)) and is_file(name):
        return "a room is entered through its __init__ alone"
    if other == "skelgraph_cli":
        return "the command is the top of the house"
    if room in ("skelgraph_cli", "benchmarks"):
        return None
    if other == "skelgraph":
        return "a room imports from rooms, not from the whole package"
    if FLOOR.get(other, len(FLOORS)) >= FLOOR[room]:
        return "imports go downward only"
    if (room, other) == ("models", "data"):
        return "models take tensors and know no data"
    return None


def is_file(name: str) -> bool:
    """Whether a module of ours is a file and no room."""
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file()


def is_light(name: str) -> bool:
    top = name.partition(".")[0]
    return (
        name in LIGHT
        or top in ("click", "rich", "lazy_loader", "skelgraph_cli")
        or top in sys.stdlib_module_names
    )


def modules() -> list[tuple[str, Path]]:
    found = []
    for folder, name in (
        ("skelgraph", "skelgraph"),
        ("cli", "skelgraph_cli"),
        ("benchmarks", "benchmarks"),
    ):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = [name, *path.relative_to(ROOT / folder).with_suffix("").parts]
            found.append((".".join(parts).removesuffix(".__init__"), path))
    return found


@pytest.mark.parametrize(("module", "path"), modules(), ids=[module for module, _ in modules()])
def test_imports_go_downward(module: str, path: Path):
    is_package = path.name == "__init__.py"
    assert find_violations(module, path.read_text("utf-8"), is_package=is_package) == []


@pytest.mark.parametrize(
    ("module", "source", "message"),
    [
        ("skelgraph.layouts.a", "from skelgraph.poses import b", "downward only"),
        ("skelgraph.layouts.a", "import skelgraph.poses.b", "downward only"),
        ("skelgraph.layouts.a", "from ..poses import b", "downward only"),
        ("skelgraph.io.a", "def f():\n    from skelgraph.data import b", "downward only"),
        ("skelgraph.nn.a", "from skelgraph.data import b", "downward only"),
        ("skelgraph.data.a", "import skelgraph.nn", "downward only"),
        ("skelgraph.evaluation.a", "from skelgraph.synthetic import b", "downward only"),
        ("skelgraph.models.a", "from skelgraph.data.b import c", "know no data"),
        ("skelgraph.models.a", "from skelgraph.transforms import b", "downward only"),
        ("skelgraph.training.a", "from skelgraph.utils import b", "downward only"),
        ("skelgraph.training.a", "from skelgraph import nn", "not from the whole package"),
        ("skelgraph.training.a", "from skelgraph import __version__", "not from the whole package"),
        ("skelgraph.training.a", "from skelgraph_cli import b", "top of the house"),
        ("skelgraph.utils.a", "import os", "no floor"),
        ("skelgraph.poses.a", "import torch", "without torch"),
        ("skelgraph.io.a", "def f():\n    import torch.nn as nn", "without torch"),
        ("skelgraph.evaluation.a", "from torch_geometric.data import Data", "without torch"),
        ("skelgraph.synthetic.a", "from lightning import Trainer", "without torch"),
        ("skelgraph.nn.a", "from torch_scatter import scatter", "nothing of ours"),
        ("skelgraph.training.a", "from skelgraph.runs.checkpoints import b", "__init__ alone"),
        ("skelgraph.serving.a", "import skelgraph.training.fusion.fused_run", "__init__ alone"),
        ("benchmarks.a", "from skelgraph.data.folder import b", "__init__ alone"),
        ("skelgraph_cli.a", "import torch", "inside functions"),
        ("skelgraph_cli.a", "import numpy as np", "inside functions"),
        ("skelgraph_cli.a", "try:\n    import numpy\nexcept ImportError:\n    pass", "inside fun"),
        ("skelgraph_cli.a", "from skelgraph.layouts import b", "inside functions"),
        ("skelgraph_cli.a", "from skelgraph import train", "inside functions"),
        ("skelgraph", "from skelgraph.poses import PoseSequence", "inside functions"),
        ("benchmarks.a", "import skelgraph_cli", "top of the house"),
    ],
)
def test_a_wrong_import_is_found(module: str, source: str, message: str):
    violations = find_violations(module, source, is_package=module == "skelgraph")
    assert any(message in violation for violation in violations), violations


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("skelgraph.poses.a", "from skelgraph.layouts import b\nfrom skelgraph.poses.c import d"),
        ("skelgraph.nn.a", "import torch\nfrom torch_geometric.utils import segment"),
        ("skelgraph.models.a", "from skelgraph.nn import b\nfrom skelgraph.layouts import c"),
        ("skelgraph.training.a", "from skelgraph._version import __version__"),
        ("skelgraph.serving.a", "from skelgraph.training.fusion import b"),
        ("skelgraph.runs.a", "from skelgraph.runs.checkpoints import b"),
        ("skelgraph_cli.a", "import click\nfrom . import b\nfrom .c import d"),
        ("skelgraph_cli.a", "def f():\n    from skelgraph.training import train\n    import torch"),
        ("skelgraph_cli.a", "if TYPE_CHECKING:\n    from skelgraph.poses import PoseSequence"),
        ("skelgraph_cli.a", "from skelgraph import __version__\nfrom skelgraph.errors import b"),
        ("skelgraph", "if TYPE_CHECKING:\n    from skelgraph.training import train"),
        ("benchmarks.a", "from skelgraph.experiments import b"),
    ],
)
def test_a_right_import_is_not(module: str, source: str):
    assert find_violations(module, source, is_package=module == "skelgraph") == []


def modules_loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(output.stdout.split())


def test_rooms_without_torch_load_no_torch():
    rooms = [room for room in sorted(ROOMS_WITHOUT_TORCH) if (ROOT / "skelgraph" / room).is_dir()]
    assert "layouts" in rooms
    loaded = modules_loaded_by("\n".join(f"from skelgraph.{room} import *" for room in rooms))
    assert "skelgraph.layouts.joint_layout" in loaded
    assert not loaded & TORCH_PACKAGES


def test_the_whole_package_is_imported_quickly():
    assert not modules_loaded_by("import skelgraph") & {"numpy", "networkx", *TORCH_PACKAGES}


def find_home(name: str, doors: dict[str, dict[str, str]]) -> str:
    """The file in which a name of a room's door is defined; the module itself if it is none."""
    module, _, member = name.rpartition(".")
    return doors.get(module, {}).get(member, module)


def read_doors() -> dict[str, dict[str, str]]:
    """For each room, the file of each name that its door offers."""
    doors: dict[str, dict[str, str]] = {}
    for stub in (ROOT / "skelgraph").rglob("__init__.pyi"):
        room = ".".join(stub.parent.relative_to(ROOT).parts)
        doors[room] = {
            alias.name: f"{room}.{node.module}"
            for node in ast.parse(stub.read_text("utf-8")).body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
    return doors


def test_files_import_each_other_in_no_circle():
    doors = read_doors()
    graph = networkx.DiGraph()
    for module, path in modules():
        if path.name == "__init__.py" or not module.startswith("skelgraph."):
            continue
        for statement in import_statements(ast.parse(path.read_text("utf-8")), at_start=True):
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith(
                "skelgraph."
            ):
                for alias in statement.names:
                    graph.add_edge(module, find_home(f"{statement.module}.{alias.name}", doors))
    assert graph.number_of_edges() > 500
    assert [circle for circle in networkx.simple_cycles(graph) if len(circle) > 1] == []


@pytest.mark.parametrize("room", read_doors(), ids=str)
def test_a_door_offers_what_there_is_and_no_name_of_a_file(room: str):
    folder = ROOT.joinpath(*room.split("."))
    files = {path.stem for path in folder.glob("*.py")}
    for name, home in read_doors()[room].items():
        assert name not in files  # the file would take the name's place when it is imported
        assert hasattr(import_module(home), name)
        assert hasattr(import_module(room), name)


def test_a_training_has_few_files_and_none_is_long():
    assert len(list((ROOT / "skelgraph" / "training").glob("*.py"))) <= 20
    long = {
        str(path): lines
        for folder in ("skelgraph", "cli")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > 300
    }
    assert long == {}
