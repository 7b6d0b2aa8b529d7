"""What the settings of runs have in common."""

from pathlib import Path

from skelgraph.experiments import compare_settings
from skelgraph.runs import RunDirectory


def test_shared_and_unlike_settings_are_apart(trained_run: Path, fused_run: Path):
    places = {"one": RunDirectory(path=trained_run), "two": RunDirectory(path=fused_run)}
    settings = compare_settings(places)
    assert settings.shared["seed"] == "0"
    assert settings.unlike["stream"] == ("bone", "posture-motion, features")
    assert settings.unlike["epochs"] == ("2", "1")
    assert not set(settings.shared) & set(settings.unlike)


def test_one_run_shares_all_with_itself_and_an_evaluation_has_none(
    trained_run: Path, tmp_path: Path
):
    settings = compare_settings({"one": RunDirectory(path=trained_run)})
    assert settings.unlike == {}
    assert "out" not in settings.shared
    assert compare_settings({"e": RunDirectory(path=tmp_path)}).shared == {}
