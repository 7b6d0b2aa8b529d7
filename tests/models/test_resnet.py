from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from skelgraph.errors import FormatError
from skelgraph.layouts import OPENPOSE18
from skelgraph.models import ResNet18

NARROW = (8, 16, 24, 32)


def torchvision_shapes(num_classes: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the state dict of torchvision's resnet18, written from its structure."""
    shapes: dict[str, tuple[int, ...]] = {}

    def add_norm(name: str, channels: int) -> None:
        for key in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.{key}"] = (channels,)
        shapes[f"{name}.num_batches_tracked"] = ()

    shapes["conv1.weight"] = (64, 3, 7, 7)
    add_norm("bn1", 64)
    before = 64
    for stage, channels in enumerate((64, 128, 256, 512), start=1):
        for block in (0, 1):
            name = f"layer{stage}.{block}"
            shapes[f"{name}.conv1.weight"] = (channels, before, 3, 3)
            add_norm(f"{name}.bn1", channels)
            shapes[f"{name}.conv2.weight"] = (channels, channels, 3, 3)
            add_norm(f"{name}.bn2", channels)
            if before != channels:
                shapes[f"{name}.downsample.0.weight"] = (channels, before, 1, 1)
                add_norm(f"{name}.downsample.1", channels)
            before = channels
    shapes["fc.weight"], shapes["fc.bias"] = (num_classes, 512), (num_classes,)
    return shapes


def make_state(num_classes: int) -> dict[str, Tensor]:
    return {
        name: torch.rand(shape) if shape else torch.tensor(7)
        for name, shape in torchvision_shapes(num_classes).items()
    }


def test_it_has_the_known_number_of_parameters() -> None:
    network = ResNet18(in_channels=3, num_classes=1000)
    assert sum(parameter.numel() for parameter in network.parameters()) == 11_689_512


def test_names_and_shapes_are_torchvisions() -> None:
    state = ResNet18(num_classes=1000).state_dict()
    assert {name: tuple(value.shape) for name, value in state.items()} == torchvision_shapes(1000)


def test_torchvisions_weights_load(tmp_path: Path) -> None:
    state = make_state(4)
    torch.save(state, tmp_path / "resnet18.pth")
    network = ResNet18(num_classes=4)
    network.load_torchvision_weights(tmp_path / "resnet18.pth")
    for name, value in network.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_of_another_number_of_classes_all_but_the_last_layer_load(tmp_path: Path) -> None:
    state = make_state(1000)
    for name in [name for name in state if name.endswith("num_batches_tracked")]:
        del state[name]  # as in the file that torchvision offers
    torch.save(state, tmp_path / "resnet18.pth")
    network = ResNet18(num_classes=4)
    before = network.last_layer.weight.clone()
    network.load_torchvision_weights(tmp_path / "resnet18.pth")
    assert torch.equal(network.last_layer.weight, before)
    assert torch.equal(network.layer4[1].conv2.weight, state["layer4.1.conv2.weight"])


def test_other_files_are_errors(tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    torch.save(make_state(4), file)
    with pytest.raises(FormatError, match=r"network of 2 channels as in this stream, but got .* 3"):
        ResNet18(in_channels=2).load_torchvision_weights(file)
    torch.save({"layer1.weight": torch.zeros(3)}, file)
    with pytest.raises(FormatError, match="but 102 are missing"):
        ResNet18().load_torchvision_weights(file)
    file.write_bytes(b"no weights")
    with pytest.raises(FormatError, match="damaged or holds something else"):
        ResNet18().load_torchvision_weights(file)


@pytest.mark.parametrize("in_channels", [1, 2, 3])
def test_channels_and_persons(in_channels: int) -> None:
    torch.manual_seed(0)
    network = ResNet18(in_channels, 5, OPENPOSE18, channels=NARROW, image_size=(40, 24)).eval()
    x = torch.randn(2, in_channels, 30, 18, 2)
    mask = torch.ones(2, 30, 18, 2, dtype=torch.bool)
    mask[0, ..., 1] = False
    logits = network(x, mask)
    assert logits.shape == (2, 5)
    torch.testing.assert_close(logits[0], network(x[:1, ..., 0])[0])
    assert network.embed(x, mask).shape == (2, 32)


def test_the_form_for_inference_has_no_batch_norms() -> None:
    network = ResNet18(channels=NARROW)
    fast = network.optimize_for_inference()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fast.modules())
    assert sum(isinstance(module, nn.BatchNorm2d) for module in network.modules()) == 20
    x = torch.randn(2, 3, 20, 10)
    assert torch.equal(fast.optimize_for_inference()(x), fast(x))
