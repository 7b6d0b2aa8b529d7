import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_sequences
from skelgraph.layouts import COCO17, COCO133, H36M17, HALPE26


def instance(x: float = 100.0, count: int = 17, dimensions: int = 2, **more: object):
    """Keypoint k is at (x + k, 10 * k, 1) with score 1.25; number 2 has none."""
    keypoints = [[x + k, 10.0 * k, 1.0][:dimensions] for k in range(count)]
    scores = [0.0 if k == 2 else 1.25 for k in range(count)]
    box = {"bbox": [[0, 0, 9, 9]], "bbox_score": 0.9}
    return {"keypoints": keypoints, "keypoint_scores": scores, **box, **more}


def meta(joints: Sequence[str], name: str = "coco") -> dict[str, object]:
    names = {str(number): joint for number, joint in enumerate(joints)}
    sigmas = {"__ndarray__": [0.1] * len(joints), "dtype": "float32"}
    return {"dataset_name": name, "keypoint_id2name": names, "sigmas": sigmas}


def write(tmp_path: Path, contents: object) -> Path:
    path = tmp_path / "results_walk.json"
    path.write_text(json.dumps(contents, indent="\t"))
    return path


def listed(*frames: list[object]) -> list[dict[str, object]]:
    return [{"frame_id": number, "instances": frame} for number, frame in enumerate(frames, 1)]


@pytest.mark.parametrize("is_demo", [True, False])
def test_a_list_of_frames(tmp_path: Path, is_demo: bool) -> None:
    frames = listed([instance(1)], [], [instance(3)], [])
    contents = {"meta_info": meta(COCO17.joints), "instance_info": frames} if is_demo else frames
    path = write(tmp_path, contents)
    assert detect_format(path) == "mmpose"
    (person,) = read_sequences(path, fps=25)
    assert (person.layout, person.fps, person.unit, person.up) == (COCO17, 25, "px", "-y")
    assert person.present.any(axis=1).tolist() == [True, False, True, False]
    assert person.positions[2, [0, 1, 3]].tolist() == [[3, 0], [4, 10], [6, 30]]
    assert person.confidence is not None
    assert person.confidence[2, :4].tolist() == [1, 1, 0, 1]


def test_two_persons_in_any_order_and_by_number(tmp_path: Path) -> None:
    frames = [[instance(x) for x in ((100, 900) if t % 2 else (900, 100))] for t in range(5)]
    far, near = read_sequences(write(tmp_path, listed(*frames)), fps=25)
    assert far.positions[:, 0, 0].tolist() == [900] * 5
    assert near.positions[:, 0, 0].tolist() == [100] * 5
    numbered = [[instance(100 + 300 * (t > 2), track_id=4)] for t in range(6)]
    assert len(read_sequences(write(tmp_path, listed(*numbered)), fps=25)) == 1


def test_a_single_image_and_frames_without_numbers(tmp_path: Path) -> None:
    for contents in ([instance(1), instance(900)], {"instance_info": [instance(1), instance(900)]}):
        path = write(tmp_path, contents)
        assert detect_format(path) == "mmpose"
        assert [person.num_frames for person in read_sequences(path, fps=25)] == [1, 1]
    frames = [{"instances": [instance(1)]}, {"instances": []}, {"instances": [instance(3)]}]
    (person,) = read_sequences(write(tmp_path, frames), fps=25)
    assert person.present.any(axis=1).tolist() == [True, False, True]


def test_the_keypoints_are_known_by_name(tmp_path: Path) -> None:
    frames = listed([instance(1, 26)])
    path = write(tmp_path, {"meta_info": meta(HALPE26.joints[::-1]), "instance_info": frames})
    (person,) = read_sequences(path, fps=25)
    assert person.layout == HALPE26
    assert person.positions[0, 0].tolist() == [26, 250]
    (picked,) = read_sequences(path, fps=25, layout=COCO17)
    assert picked.positions[0, 0].tolist() == [26, 250]
    named = meta(COCO133.joints, "coco_wholebody")
    named["keypoint_id2name"] = {str(number): f"point-{number}" for number in range(133)}
    path = write(tmp_path, {"meta_info": named, "instance_info": listed([instance(1, 133)])})
    assert read_sequences(path, fps=25)[0].layout == COCO133
    named["dataset_name"] = "custom"
    path = write(tmp_path, {"meta_info": named, "instance_info": listed([instance(1, 133)])})
    assert read_sequences(path, fps=25)[0].layout == COCO133
    frames = listed([instance(1, 3)])
    ants = {"dataset_name": "ants", "keypoint_id2name": {"0": "a", "1": "b", "2": "c"}}
    path = write(tmp_path, {"meta_info": ants, "instance_info": frames})
    (ant,) = read_sequences(path, fps=25)
    assert (ant.layout.joints, ant.layout.is_loose) == (("a", "b", "c"), True)


def test_lifted_poses_have_three_dimensions(tmp_path: Path) -> None:
    (person,) = read_sequences(write(tmp_path, listed([instance(1, dimensions=3)] * 1)), fps=25)
    assert person.layout == H36M17
    assert person.positions[0, 3].tolist() == [4, 30, 1]
    lifted = {"meta_info": {"dataset_name": "h36m"}, "instance_info": listed([instance(1)])}
    assert read_sequences(write(tmp_path, lifted), fps=25)[0].layout == H36M17


def test_the_frame_rate_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(RateError, match=r"walk\.json: expected the frame rate, which pred"):
        read_sequences(write(tmp_path, listed([instance()])))


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({"meta_info": {}}, "expected an object with 'instance_info', but got"),
        ({"instance_info": 7}, "'instance_info': expected a list, but got 7"),
        ({"instance_info": []}, "expected instances, but nobody is there in any frame"),
        ({"instance_info": [7]}, "frame 0: expected an object with 'instances', but got 7"),
        ({"instance_info": listed([7])}, "frame 0: expected an object with 'keypoints', 'keyp"),
        ({"instance_info": listed([{"keypoints": []}])}, "frame 0: expected an object with"),
        ({"instance_info": [{"keypoints": []}]}, "frame 0 of the list: expected an obj.*_scores'"),
        ({"instance_info": listed(7)}, "frame 0, 'instances': expected a list, but got 7"),
        (listed([instance()], [instance(count=16)]), r"frame 1 of the list: .* 17 x 2 .* 16 x 2"),
        (listed([instance(keypoints=[[1, 2], 3] * 9)]), "frame 0 of the list: expected a list"),
        (listed([instance(keypoints=[["a", 2]] * 17)]), 'frame 0 .* number, but got "a'),
        (listed([instance(keypoints=[[1]] * 17)]), "expected keypoints of 2 or 3 coordinates"),
        (listed([instance(keypoint_scores=[1] * 16)]), "a score for each, but got .17, 2. and .16"),
        ([{"frame_id": "a", "instances": [instance()]}], "'frame_id': expected a whole number"),
        ([{"frame_id": 1, "instances": [instance()]}] * 2, "another number for each frame"),
        (listed([instance(count=9)]), "expected 17 .coco17., .* but got 9; pass the layout"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, contents: object, message: str) -> None:
    path = write(tmp_path, contents)
    with pytest.raises(FormatError, match=rf"results_walk\.json.*{message}"):
        read_sequences(path, fps=25)


def test_scores_below_zero_are_of_missing_keypoints(tmp_path: Path) -> None:
    one = instance(keypoint_scores=[-0.1, None, *[0.5] * 15])
    (person,) = read_sequences(write(tmp_path, listed([one])), fps=25)
    assert person.present[0].tolist() == [False, False, *[True] * 15]
    assert person.confidence is not None
    np.testing.assert_array_equal(person.confidence[0], [0, 0, *[0.5] * 15])
