"""``skelgraph explain``: what is printed, and the errors."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph

from skelgraph.explanation import attributions

pytest.importorskip("captum", reason="captum is not installed")


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(skelgraph, ["explain", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_the_answer_fits_in_80_columns(fused_run: Path, arm_swings: Path) -> None:
    code, out, err = run(fused_run, arm_swings / "cid_fast_0.npz")
    assert (code, err) == (0, "")
    names = [line for line in out.splitlines() if str(arm_swings) not in line]
    assert max(map(len, names)) <= 80
    for part in ("what spoke for", "integrated gradients, posture-motion", "check: ", "in words"):
        assert part in out
    assert "typical of" in out
    assert "in the ridge on movement features" in " ".join(out.split())


def test_only_joints_that_speak_for_the_class_are_listed(
    trained_run: Path, arm_swings: Path
) -> None:
    file = arm_swings / "cid_fast_0.npz"
    for target in ("fast", "slow"):
        _, out, _ = run(trained_run, file, "--target", target, "--json")
        sums = np.array(json.loads(out)["explanations"][0]["attributions"][0]["values"]).sum(axis=0)
        _, out, _ = run(trained_run, file, "--target", target)
        table = out.partition("integrated gradients")[2].partition("check: ")[0]
        listed = re.findall(r"^ .*\w +([+-]\d\.\d{3})", table, flags=re.MULTILINE)
        assert len(listed) == min((sums > 0).sum(), 5)
        assert all(value.startswith("+") for value in listed)


def test_json_is_one_document(trained_run: Path, arm_swings: Path) -> None:
    file = arm_swings / "cid_slow_1.npz"
    code, out, _ = run(trained_run, file, "--target", "fast", "--json")
    assert code == 0
    (found,) = json.loads(out)["explanations"]
    assert found["target"] == "fast"
    assert found["attributions"][0]["method"] == "integrated gradients"


def test_a_part_of_a_recording(trained_run: Path, arm_swings: Path) -> None:
    file = arm_swings / "cid_slow_1.npz"
    code, out, _ = run(trained_run, file, "--start", 0.2, "--end", 0.6, "--json")
    assert code == 0
    (found,) = json.loads(out)["explanations"]
    assert (found["frames"], found["start_s"]) == (12, pytest.approx(0.2))
    code, out, err = run(trained_run, file, "--start", 5)
    assert (code, out) == (1, "")
    assert "expected a part of 0 to 0.8 s, but got 5 to 0.8 s" in err
    for limits, got in ((("--start", "nan"), "nan to 0.8"), (("--end", "inf"), "0 to inf")):
        code, out, err = run(trained_run, file, *limits)
        assert (code, out) == (1, "")
        assert f"expected a part of 0 to 0.8 s, but got {got} s" in err


def test_errors_are_one_line(
    trained_run: Path, arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = arm_swings / "cid_slow_1.npz"
    code, _, err = run(trained_run, file, "--target", "sad")
    assert code == 1
    assert "expected one of its classes, fast, slow, but got 'sad'" in err
    code, _, err = run(trained_run, arm_swings)
    assert code == 2
    assert "expected one recording, but got a folder of several" in err
    code, _, err = run(trained_run, tmp_path / "none.npz")
    assert (code, err.count("\n")) == (1, 1)
    assert "there is no such file" in err
    code, _, err = run(tmp_path, file)
    assert (code, err.count("\n")) == (1, 1)
    monkeypatch.setattr(attributions.util, "find_spec", lambda name: None)
    code, _, err = run(trained_run, file)
    assert (code, err.count("\n")) == (1, 1)
    assert "pip install 'skelgraph[explain]'" in err
