"""The wheel holds the package, the command and their data files, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

import pytest

from skelgraph._version import __version__

ROOT = Path(__file__).parents[1]
PACKAGES = {"skelgraph": "skelgraph", "cli": "skelgraph_cli"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout: an old ``build`` folder there would leak into the wheel."""
    copy = tmp_path_factory.mktemp("tree")
    for name in (*PACKAGES, "tests", "benchmarks"):
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, tree]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def metadata_file(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(f"skelgraph-{__version__}.dist-info/{name}").decode()


def test_the_wheel_holds_the_tree(wheel: zipfile.ZipFile, tree: Path):
    expected = {
        f"{package}/{path.relative_to(tree / folder).as_posix()}"
        for folder, package in PACKAGES.items()
        for path in (tree / folder).rglob("*")
        if path.is_file()
    }
    assert {"skelgraph/__init__.py", "skelgraph/py.typed", "skelgraph_cli/py.typed"} <= expected
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == expected


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile):
    metadata = HeaderParser().parsestr(metadata_file(wheel, "METADATA"))
    assert metadata["Name"] == "skelgraph"
    assert metadata["Version"] == __version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata_file(wheel, "top_level.txt").split() == ["skelgraph", "skelgraph_cli"]
    assert "Root-Is-Purelib: true" in metadata_file(wheel, "WHEEL")
    assert "skelgraph = skelgraph_cli.__main__:main" in metadata_file(wheel, "entry_points.txt")
    assert f"skelgraph-{__version__}.dist-info/licenses/LICENSE" in wheel.namelist()
