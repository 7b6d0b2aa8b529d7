"""Fixtures of this room."""

import pytest

OWN_NETWORK = """
import torch
from torch import nn


class TinyNet(nn.Module):
    def __init__(self, in_channels, num_classes, layout):
        super().__init__()
        self.classifier = nn.Linear(in_channels, num_classes)

    def forward(self, x, mask=None):
        return self.classifier(x.mean(dim=(2, 3)))
"""


@pytest.fixture(scope="session")
def own_network(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A reference to a network in a file of the user's own, as ``--model`` takes it."""
    file = tmp_path_factory.mktemp("own") / "mine.py"
    file.write_text(OWN_NETWORK)
    return f"{file}:TinyNet"
