"""The page of ``skelgraph explain``."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph


def test_an_explanation_has_a_page(fused_run: Path, arm_swings: Path, tmp_path: Path):
    pytest.importorskip("captum", reason="captum is not installed")
    page = tmp_path / "page.html"
    words = ["explain", str(fused_run), str(arm_swings / "cid_slow_0.npz"), "--out", str(page)]
    done = CliRunner().invoke(skelgraph, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith(f"written: {page}\n")
    html = page.read_text("utf-8")
    assert "What spoke for <bdi>" in html
    assert "Inside the network <bdi>posture-motion</bdi>" in html


def test_a_page_has_the_name_of_one(fused_run: Path, arm_swings: Path, tmp_path: Path):
    clip = str(arm_swings / "cid_slow_0.npz")
    words = ["explain", str(fused_run), clip, "--out", str(tmp_path / "page.pdf")]
    done = CliRunner().invoke(skelgraph, words, catch_exceptions=False)
    assert done.exit_code == 2
    assert "expected a page whose name ends in .html" in done.output
