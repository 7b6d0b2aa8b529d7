"""Clips of a batch divided among threads have the logits of the whole batch."""

import threading
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn

from skelgraph.models import (
    SERN,
    SSTGCN,
    STGCN,
    AudioRecurrentEncoder,
    ClipNetwork,
    ResNet18,
    TextRecurrentEncoder,
)
from skelgraph.serving import ClipThreads, divide_clips

NARROW = (4, 8)
NETWORKS: dict[str, Callable[[], ClipNetwork]] = {
    "s-stgcn": lambda: SSTGCN(channels=NARROW),
    "st-gcn": lambda: STGCN(channels=NARROW),
    "resnet18": lambda: ResNet18(channels=(4, 4, 6, 6)),
}


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def three_threads() -> Iterator[None]:
    """PyTorch may use three threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(threads)


def make_clips(num_clips: int) -> tuple[Tensor, Tensor]:
    mask = torch.rand(num_clips, 33, 10) > 0.2
    mask[0, 16:] = False
    return torch.randn(num_clips, 3, 33, 10), mask


@pytest.mark.parametrize("threads", [1, 2, 3, 8, None])
@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_logits_do_not_depend_on_the_number_of_threads(
    make: Callable[[], ClipNetwork], threads: int | None, three_threads: None
) -> None:
    network = make().optimize_for_inference()
    x, mask = make_clips(5)
    divided = ClipThreads(network, threads)
    torch.testing.assert_close(divided(x, mask), network(x, mask), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(divided(x), network(x), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(divided(x, None), network(x), rtol=1e-5, atol=1e-5)
    assert torch.get_num_threads() == 3


def test_every_thread_takes_its_clips_and_one_core() -> None:
    calls: list[tuple[str, int, int]] = []
    both_called = threading.Barrier(2)

    def network(x: Tensor) -> Tensor:
        calls.append((threading.current_thread().name, len(x), torch.get_num_threads()))
        both_called.wait(timeout=30)
        return x

    x = torch.randn(5, 3)
    assert torch.equal(divide_clips(network, x, threads=2), x)
    assert sorted(size for _, size, _ in calls) == [2, 3]
    assert len({name for name, _, _ in calls} - {threading.current_thread().name}) == 2
    assert {cores for _, _, cores in calls} == {1}


def test_one_thread_is_the_calling_one() -> None:
    def network(x: Tensor) -> Tensor:
        assert threading.current_thread() is threading.main_thread()
        return x

    x = torch.randn(5, 3)
    assert divide_clips(network, x, threads=1) is x
    assert divide_clips(network, x[:1], threads=4).shape == (1, 3)


def test_inputs_of_several_modalities_are_divided() -> None:
    audio = AudioRecurrentEncoder(3, num_coefficients=5, num_prosodic=4, hidden_channels=6)
    text = TextRecurrentEncoder(11, 3, embedding_size=5, hidden_channels=6)
    network = SERN(audio, text, {"joint": SSTGCN(3, 3, channels=NARROW)}, 3).eval()
    x, mask = make_clips(5)
    lengths = torch.tensor([9, 4, 0, 5, 7])
    inputs = {
        "audio": (torch.randn(5, 9, 5), lengths, torch.randn(5, 4)),
        "text": (torch.randint(1, 11, (5, 9)), lengths),
        "joint": (x, mask),
    }
    presence = torch.tensor([[1, 1, 1], [0, 1, 0], [0, 0, 1], [1, 0, 0], [1, 1, 1]]).bool()
    fast = ClipThreads(network.optimize_for_inference(), threads=3)
    torch.testing.assert_close(
        fast(inputs, presence), network(inputs, presence), rtol=1e-4, atol=1e-5
    )
    inputs["joint"] = (x, None)
    torch.testing.assert_close(fast(inputs), network(inputs), rtol=1e-4, atol=1e-5)


def test_an_error_in_a_thread_is_raised() -> None:
    def fail(x: Tensor, mask: Tensor | None) -> Tensor:
        raise ValueError("no such clip")

    with pytest.raises(ValueError, match="no such clip"):
        divide_clips(fail, torch.zeros(4, 3), None, threads=2)


def test_a_number_of_threads_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 1 thread or more, but got 0"):
        ClipThreads(nn.Identity(), threads=0)


def test_a_network_keeps_its_mode_after_a_prediction() -> None:
    network = SSTGCN(channels=NARROW).eval()
    divided = ClipThreads(network)
    assert not divided.training
    divided.train(divided.training)  # what a prediction ends with
    assert not network.training
    assert ClipThreads(SSTGCN(channels=NARROW).train()).training
