"""Networks can be handed to torch.compile, for clips of one length."""

import pytest
import torch

from skelgraph.models import SSTGCN


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_a_whole_network_is_one_graph(training: bool) -> None:
    """With ``aot_eager``, which captures forward and backward and needs no C++ compiler."""
    torch.manual_seed(0)
    model = SSTGCN().train(training)
    for module in model.modules():
        if hasattr(module, "dropout") and isinstance(module.dropout, float):
            module.dropout = 0.0  # its random numbers are drawn in another way
    x = torch.randn(2, 3, 12, 10)
    mask = torch.rand(2, 12, 10) > 0.2
    expected = model(x, mask)
    expected.square().sum().backward()
    gradients = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True, dynamic=False)
    logits = compiled(x, mask)
    logits.square().sum().backward()
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-3, atol=1e-3)
