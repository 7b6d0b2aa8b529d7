from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from skelgraph.errors import FormatError
from skelgraph.layouts import COCO17, H36M17, UPPER10, JointLayout
from skelgraph.lifting import LIFTER_FILTER_WIDTHS, TemporalLifter

STICK = JointLayout.from_parents(
    "stick",
    {"hips": None, "left_hand": "hips", "right_hand": "hips"},
    pairs=[("left_hand", "right_hand")],
)

both_directions = pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])


def make_lifter(
    *widths: int, causal: bool = False, in_channels: int = 2, dropout: float = 0.0
) -> TemporalLifter:
    """A narrow lifter from three keypoints to ten joints, whose batch norms do something."""
    lifter = TemporalLifter(
        in_channels,
        STICK,
        UPPER10,
        filter_widths=widths,
        channels=6,
        dropout=dropout,
        causal=causal,
    )
    with torch.no_grad():
        for name, value in lifter.state_dict().items():
            if "_bn" in name and value.is_floating_point():
                value.add_(0.3 * torch.rand_like(value))
    return lifter.eval()


def lift_frame(lifter: TemporalLifter, keypoints: Tensor, frame: int) -> Tensor:
    """One output frame (V_out, 3) of keypoints (T, V_in, C), by recursion over the layers."""
    state = lifter.state_dict()

    def activate(conv: str, norm: str, taps: list[Tensor]) -> Tensor:
        x = sum(state[f"{conv}.weight"][:, :, k] @ tap for k, tap in enumerate(taps))
        x = (x - state[f"{norm}.running_mean"]) / torch.sqrt(state[f"{norm}.running_var"] + 1e-5)
        return torch.relu(x * state[f"{norm}.weight"] + state[f"{norm}.bias"])

    def after(block: int, frame: int) -> Tensor:
        width = lifter.filter_widths[block]
        if block == 0:
            taps = [keypoints[frame + k].reshape(-1) for k in range(width)]
            return activate("expand_conv", "expand_bn", taps)
        dilation = int(np.prod(lifter.filter_widths[:block]))
        taps = [after(block - 1, frame + k * dilation) for k in range(width)]
        own = taps[-1] if lifter.causal else taps[width // 2]
        first, second = 2 * block - 2, 2 * block - 1
        x = activate(f"layers_conv.{first}", f"layers_bn.{first}", taps)
        return own + activate(f"layers_conv.{second}", f"layers_bn.{second}", [x])

    features = after(len(lifter.filter_widths) - 1, frame)
    return (state["shrink.weight"][:, :, 0] @ features + state["shrink.bias"]).view(-1, 3)


@both_directions
@pytest.mark.parametrize("widths", [(3, 3), (5, 3, 1), (1, 3), (3,), (3, 5)])
def test_it_is_the_network_written_frame_by_frame(widths: tuple[int, ...], causal: bool) -> None:
    lifter = make_lifter(*widths, causal=causal)
    x = torch.randn(2, lifter.receptive_field + 3, 3, 2)
    lifted = lifter(x)
    assert lifted.shape == (2, 4, 10, 3)
    expected = torch.stack(
        [torch.stack([lift_frame(lifter, one, frame) for frame in range(4)]) for one in x]
    )
    torch.testing.assert_close(lifted, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("widths", "receptive_field", "num_parameters"),
    [((3,) * 3, 27, 8_555_571), ((3,) * 4, 81, 12_753_971), ((3,) * 5, 243, 16_952_371)],
)
def test_known_sizes(widths: tuple[int, ...], receptive_field: int, num_parameters: int) -> None:
    with torch.device("meta"):
        lifter = TemporalLifter(filter_widths=widths)
    assert lifter.receptive_field == receptive_field
    assert sum(parameter.numel() for parameter in lifter.parameters()) == num_parameters


def test_its_defaults_are_the_paper_s() -> None:
    with torch.device("meta"):
        lifter = TemporalLifter()
    assert lifter.filter_widths == LIFTER_FILTER_WIDTHS == (3, 3, 3, 3, 3)
    assert (lifter.drop.p, lifter.causal, lifter.in_channels) == (0.25, False, 2)
    assert (lifter.input_layout, lifter.output_layout) == (COCO17, H36M17)


def test_names_and_shapes_are_those_of_the_official_files() -> None:
    with torch.device("meta"):
        state = TemporalLifter().state_dict()
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    norms = ["expand_bn", *(f"layers_bn.{layer}" for layer in range(8))]
    statistics = ("weight", "bias", "running_mean", "running_var")
    assert shapes == {
        "expand_conv.weight": (1024, 34, 3),
        **{f"layers_conv.{layer}.weight": (1024, 1024, 3) for layer in (0, 2, 4, 6)},
        **{f"layers_conv.{layer}.weight": (1024, 1024, 1) for layer in (1, 3, 5, 7)},
        "shrink.weight": (51, 1024, 1),
        "shrink.bias": (51,),
        **{f"{norm}.{name}": (1024,) for norm in norms for name in statistics},
        **{f"{norm}.num_batches_tracked": () for norm in norms},
    }


def test_frames_are_padded_by_the_first_and_the_last() -> None:
    lifter, causal = make_lifter(3, 3), make_lifter(3, 3, causal=True)
    x = torch.arange(3.0).view(1, 3, 1, 1).expand(1, 3, 3, 2)
    padded = lifter.pad_edges(x)
    assert padded[0, :, 2, 1].tolist() == [0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2]
    assert causal.pad_edges(x)[0, :, 2, 1].tolist() == [0] * 8 + [0, 1, 2]


@both_directions
@pytest.mark.parametrize("num_frames", [1, 2, 9, 30])
def test_recordings_of_any_length_are_lifted_whole(num_frames: int, causal: bool) -> None:
    lifter = make_lifter(3, 3, causal=causal)
    x = torch.randn(2, num_frames, 3, 2)
    lifted = lifter.lift(x, average_flip=False)
    assert lifted.shape == (2, num_frames, 10, 3)
    last = num_frames - 1
    for frame in {0, last // 2, last}:
        offsets = range(-8, 1) if causal else range(-4, 5)
        window = x[0, [min(max(frame + offset, 0), last) for offset in offsets]]
        expected = lift_frame(lifter, window, 0)
        torch.testing.assert_close(lifted[0, frame], expected, atol=1e-5, rtol=1e-5)


def test_flips_are_averaged_as_worked_out_by_hand() -> None:
    """The left hand's x goes to the right wrist's y, its y, ten times, to the left wrist's x."""
    lifter = make_lifter(1)
    with torch.no_grad():
        for parameter in lifter.parameters():
            parameter.zero_()
        lifter.expand_bn.weight.fill_(1.0)
        lifter.expand_bn.running_mean.zero_()
        lifter.expand_bn.running_var.fill_(1.0 - 1e-5)
        left_wrist, right_wrist = UPPER10.index("left_wrist"), UPPER10.index("right_wrist")
        lifter.expand_conv.weight[0, 2 * 1 + 0] = 1.0  # x of the left hand, where it is positive
        lifter.expand_conv.weight[1, 2 * 1 + 1] = 1.0  # y of the left hand
        lifter.shrink.weight[3 * right_wrist + 1, 0] = 1.0
        lifter.shrink.weight[3 * left_wrist + 0, 1] = 10.0
    x = torch.zeros(1, 1, 3, 2)
    x[0, 0, 1] = torch.tensor([3.0, 4.0])  # left hand
    x[0, 0, 2] = torch.tensor([-5.0, 7.0])  # right hand; flipped, a left hand at (5, 7)

    plain = torch.zeros(10, 3)
    plain[right_wrist, 1], plain[left_wrist, 0] = 3.0, 40.0
    torch.testing.assert_close(lifter.lift(x, average_flip=False)[0, 0], plain)

    # The flipped input gives 5 at y of the right wrist and 70 at x of the left one; flipped back
    # these are 5 at y of the left wrist and -70 at x of the right one.
    averaged = torch.zeros(10, 3)
    averaged[right_wrist, 1], averaged[left_wrist, 0] = 1.5, 20.0
    averaged[left_wrist, 1], averaged[right_wrist, 0] = 2.5, -35.0
    torch.testing.assert_close(lifter.lift(x)[0, 0], averaged)


def test_averaged_flips_are_mirrored_by_a_mirrored_input() -> None:
    lifter = make_lifter(3, 3, in_channels=3)
    x = torch.randn(2, 12, 3, 3)
    mirrored = x[:, :, [0, 2, 1]] * torch.tensor([-1.0, 1.0, 1.0])
    expected = lifter.lift(x)[:, :, UPPER10.mirror] * torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(lifter.lift(mirrored), expected)
    assert not torch.allclose(lifter.lift(mirrored, average_flip=False), expected, atol=1e-3)


def test_the_future_changes_nothing_where_it_is_causal() -> None:
    x = torch.randn(1, 30, 3, 2)
    changed = torch.cat([x[:, :20], torch.randn(1, 10, 3, 2)], dim=1)
    causal, centered = make_lifter(3, 3, causal=True), make_lifter(3, 3)
    before, after = causal.lift(x), causal.lift(changed)
    torch.testing.assert_close(after[:, :20], before[:, :20], atol=0, rtol=0)
    assert not torch.allclose(after[:, 20], before[:, 20], atol=1e-3)
    assert torch.equal(centered.lift(changed)[:, :16], centered.lift(x)[:, :16])
    assert not torch.allclose(centered.lift(changed)[:, 16], centered.lift(x)[:, 16], atol=1e-3)


def test_a_batch_of_two_is_two_batches_of_one() -> None:
    lifter = make_lifter(3, 3)
    x = torch.randn(2, 11, 3, 2)
    torch.testing.assert_close(lifter.lift(x), torch.cat([lifter.lift(x[:1]), lifter.lift(x[1:])]))


def test_dropout_comes_last_in_each_layer() -> None:
    lifter = make_lifter(3, 3, dropout=1.0).train()
    lifted = lifter(torch.randn(2, 12, 3, 2))
    bias = lifter.shrink.bias.view(10, 3)
    torch.testing.assert_close(lifted, bias.expand(2, 4, 10, 3), atol=0, rtol=0)


def test_every_parameter_gets_a_gradient() -> None:
    lifter = make_lifter(3, 3, 3, dropout=0.25).train()
    lifter(torch.randn(16, 27, 3, 2)).square().sum().backward()
    for name, parameter in lifter.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_state_dict_round_trip(tmp_path: Path) -> None:
    lifter = make_lifter(3, 3)
    torch.save(lifter.state_dict(), tmp_path / "lifter.pt")
    other = make_lifter(3, 3)
    x = torch.randn(1, 12, 3, 2)
    assert not torch.equal(other(x), lifter(x))
    other.load_state_dict(torch.load(tmp_path / "lifter.pt", weights_only=True))
    assert torch.equal(other(x), lifter(x))


def test_weights_are_drawn_anew() -> None:
    lifter = make_lifter(3, 3)
    before = deepcopy(lifter.state_dict())
    lifter.reset_parameters()
    state = lifter.state_dict()
    for name, value in state.items():
        assert name.endswith("num_batches_tracked") or not torch.equal(value, before[name]), name
    assert state["layers_conv.0.weight"].abs().max() <= 1 / np.sqrt(6 * 3)
    assert state["layers_bn.0.weight"].tolist() == [1.0] * 6
    assert state["layers_bn.0.running_mean"].tolist() == [0.0] * 6


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 20, 3), r"expected x to be \(clips, frames, 3, 2\), but got \(2, 20, 3\)"),
        ((2, 2, 20, 3), r"expected x to be \(clips, frames, 3, 2\), but got \(2, 2, 20, 3\)"),
        ((2, 20, 3, 3), r"\(clips, frames, 3, 2\), but got \(2, 20, 3, 3\)"),
        ((2, 8, 3, 2), r"at least the 9 frames of the receptive field, but got 8; pad_edges"),
    ],
)
def test_other_shapes_are_errors(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_lifter(3, 3)(torch.zeros(shape))


def test_what_cannot_be_lifted_is_an_error() -> None:
    lifter = make_lifter(3, 3)
    with pytest.raises(ValueError, match="at least 1 frame, but got none"):
        lifter.lift(torch.zeros(1, 0, 3, 2))
    x = torch.zeros(1, 12, 3, 2)
    x[0, 3, 1] = torch.nan
    with pytest.raises(ValueError, match="expected finite keypoints; fill the gaps"):
        lifter.lift(x)
    with pytest.raises(ValueError, match=r"in evaluation mode; call its eval\(\) before"):
        lifter.train().lift(torch.zeros(1, 12, 3, 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TemporalLifter(filter_widths=(3, 4)), r"odd filter widths, but got \(3, 4\)"),
        (lambda: TemporalLifter(filter_widths=()), r"odd filter widths, but got \(\)"),
        (lambda: TemporalLifter(filter_widths=(-1,)), r"odd filter widths, but got \(-1,\)"),
        (lambda: TemporalLifter(0), "expected 1 channel or more, but got 0 and 1024"),
        (lambda: TemporalLifter(channels=0), "expected 1 channel or more, but got 2 and 0"),
    ],
)
def test_impossible_sizes_are_errors(make: Callable[[], TemporalLifter], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.fixture
def reference(shared_data: Path) -> Path:
    return shared_data / "reference/videopose3d/temporal_model_3-3-3_c64.bin"


@pytest.mark.realdata
def test_the_official_network_s_output_is_had(reference: Path) -> None:
    lifter = TemporalLifter.from_official_checkpoint(reference)
    assert not lifter.training
    assert (lifter.filter_widths, lifter.in_channels) == ((3, 3, 3), 2)
    expected = np.load(reference.with_name("expected.npz"))
    x, y = (torch.from_numpy(expected[f"{name}_filter333"]) for name in "xy")
    torch.testing.assert_close(lifter(x), y, atol=1e-5, rtol=0)
    windows = torch.cat([x[:, start : start + 27] for start in range(y.size(1))])
    lifted = lifter(windows)[:, 0]
    torch.testing.assert_close(lifted, y[0], atol=1e-5, rtol=0)


def save_checkpoint(lifter: TemporalLifter, path: Path, **others: object) -> dict[str, Tensor]:
    state = lifter.state_dict()
    torch.save({"epoch": 80, "lr": 1e-4, "model_pos": state, "model_traj": None, **others}, path)
    return state


@both_directions
@pytest.mark.parametrize("in_channels", [2, 3])
def test_shapes_tell_widths_channels_and_probability(
    tmp_path: Path, in_channels: int, causal: bool
) -> None:
    lifter = make_lifter(5, 3, 1, in_channels=in_channels, causal=causal)
    optimizer = torch.optim.Adam(lifter.parameters(), amsgrad=True).state_dict()
    save_checkpoint(lifter, tmp_path / "model.bin", optimizer=optimizer)
    loaded = TemporalLifter.from_official_checkpoint(
        tmp_path / "model.bin", STICK, UPPER10, causal=causal
    )
    assert (loaded.filter_widths, loaded.in_channels) == ((5, 3, 1), in_channels)
    x = torch.randn(2, 30, 3, in_channels)
    assert torch.equal(loaded.lift(x), lifter.lift(x))


def test_files_without_counters_load(tmp_path: Path) -> None:
    lifter = make_lifter(3, 3)
    state = {
        name: value
        for name, value in lifter.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    torch.save({"model_pos": state}, tmp_path / "model.bin")
    loaded = TemporalLifter.from_official_checkpoint(tmp_path / "model.bin", STICK, UPPER10)
    x = torch.randn(2, 12, 3, 2)
    assert torch.equal(loaded(x), lifter(x))


def test_a_file_with_a_random_generator_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "epoch_80.bin"
    save_checkpoint(make_lifter(3, 3), path, random_state=np.random.RandomState(1234))
    message = (
        r"epoch_80\.bin: expected a checkpoint of plain values, .* loading it would run "
        r"numpy\.random\.\S+: where you trust the file, load it there and save its tensors alone"
    )
    with pytest.raises(FormatError, match=message):
        TemporalLifter.from_official_checkpoint(path, STICK, UPPER10)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "a state dict under 'model_pos', but got list"),
        ({"model_traj": None, "epoch": 3}, r"'model_pos', but got \['epoch', 'model_traj'\]"),
        ({"model_pos": None}, "'model_pos': expected a PyTorch state dict of tensors alone"),
        ({"model_pos": {"a": 1}}, "'model_pos': expected a PyTorch state dict of tensors alone"),
        ({"model_pos": {}}, "a tensor 'expand_conv.weight' is missing"),
    ],
)
def test_other_checkpoints_are_errors(tmp_path: Path, content: object, message: str) -> None:
    torch.save(content, tmp_path / "model.bin")
    with pytest.raises(FormatError, match=message):
        TemporalLifter.from_official_checkpoint(tmp_path / "model.bin")


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    save_checkpoint(make_lifter(3, 3), path)
    content = path.read_bytes()
    for part in (b"", b"no weights", content[:100], content[: len(content) // 2]):
        path.write_bytes(part)
        with pytest.raises(FormatError, match=r"model\.bin: expected .* the file is damaged"):
            TemporalLifter.from_official_checkpoint(path, STICK, UPPER10)


def test_a_file_of_other_layouts_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    save_checkpoint(make_lifter(3, 3), path)
    message = (
        r"model\.bin: expected 34 or 51 inputs for layout 'coco17' and 30 outputs for 'upper10', "
        r"but the file has 6 and 30; give the layouts"
    )
    with pytest.raises(FormatError, match=message):
        TemporalLifter.from_official_checkpoint(path, COCO17, UPPER10)
    with pytest.raises(FormatError, match=r"51 outputs for 'h36m17', but the file has 6 and 30"):
        TemporalLifter.from_official_checkpoint(path, STICK)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("layers_bn.1.bias", None, r"but 1 are missing \['layers_bn.1.bias'\]"),
        ("layers_conv.1.weight", None, "but 1 are missing"),
        ("layers_conv.0.weight", torch.zeros(6, 6, 4), r"odd filter widths, but got \(3, 4\)"),
        ("layers_conv.0.weight", torch.zeros(6, 6), "a tensor 'layers_conv.0.weight' is missing"),
        ("layers_conv.9.weight", torch.zeros(6, 6, 3), "'layers_conv.2.weight' is missing"),
        ("shrink.bias", torch.zeros(4), r"1 have another shape \['shrink.bias'\]"),
        ("expand_conv.weight", torch.zeros(0, 6, 3), "expected 1 channel or more, but got 2 and 0"),
    ],
)
def test_tensors_that_do_not_fit_are_named(
    tmp_path: Path, name: str, value: Tensor | None, message: str
) -> None:
    state = dict(make_lifter(3, 3).state_dict())
    state.pop(name, None)
    if value is not None:
        state[name] = value
    torch.save({"model_pos": state}, tmp_path / "model.bin")
    with pytest.raises(FormatError, match=rf"model\.bin: .*{message}"):
        TemporalLifter.from_official_checkpoint(tmp_path / "model.bin", STICK, UPPER10)
