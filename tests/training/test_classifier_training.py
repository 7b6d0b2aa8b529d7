"""The Lightning module: optimizer, schedules, validation scores."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from skelgraph.config.recipes import PAPER, STRONG
from skelgraph.models import SSTGCN
from skelgraph.training.classifier_training import ClassifierModule


def make_module(recipe=STRONG) -> ClassifierModule:
    return ClassifierModule(SSTGCN(3, 2, channels=(4, 4)), recipe, num_classes=2)


def test_decay_spares_biases_norms_gates_and_importances() -> None:
    module = make_module()
    names = {id(parameter): name for name, parameter in module.model.named_parameters()}
    decayed, spared = module._make_optimizer().param_groups
    assert decayed["weight_decay"] == STRONG.weight_decay
    assert spared["weight_decay"] == 0
    assert all(names[id(p)].endswith("weight") for p in decayed["params"])
    spared_names = {names[id(p)].rpartition(".")[2] for p in spared["params"]}
    assert {"bias", "gate", "edge_importance"} <= spared_names
    assert len(decayed["params"]) + len(spared["params"]) == len(names)


def test_the_paper_divides_its_rate_by_ten_after_60_epochs() -> None:
    module = make_module(PAPER)
    assert [module._step_factor(epoch) for epoch in (0, 59, 60, 499)] == pytest.approx(
        [1, 1, 0.1, 0.1]
    )


def test_the_cosine_warms_up_and_ends_at_zero() -> None:
    module = make_module(replace(STRONG, epochs=10, warmup_epochs=2))
    module._trainer = SimpleNamespace(estimated_stepping_batches=100)
    assert module._cosine_factor(0) == pytest.approx(1 / 20)
    assert module._cosine_factor(20) == pytest.approx(1)
    assert module._cosine_factor(60) == pytest.approx(0.5)
    assert module._cosine_factor(100) == pytest.approx(0, abs=1e-12)


def test_validation_scores_are_recalls_over_the_classes_that_occur() -> None:
    module = ClassifierModule(SSTGCN(3, 3, channels=(4, 4)), STRONG, num_classes=3)
    logged: dict[str, float] = {}
    module.log = lambda name, value: logged.update({name: float(value)})  # type: ignore[method-assign]
    module.confusion.update(torch.tensor([0, 0, 1, 2]), torch.tensor([0, 0, 0, 1]))
    module.on_validation_epoch_end()
    assert logged["val_uar"] == pytest.approx((2 / 3 + 0) / 2)
    assert logged["val_war"] == pytest.approx(2 / 4)
    assert logged["val_score"] == logged["val_uar"]
    assert module.confusion.confmat.sum() == 0
