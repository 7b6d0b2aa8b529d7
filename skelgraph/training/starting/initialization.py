"""Trained weights in a new network: what is taken, what stays as it is, and how fast it learns."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from skelgraph.config import Channels, ModelSettings, list_settings
from skelgraph.errors import RunError
from skelgraph.layouts import JointLayout
from skelgraph.models import ClipNetwork
from skelgraph.runs import RunFacts
from skelgraph.training.starting.source import SourceNetwork


def initialize_network(
    model: nn.Module,
    source: SourceNetwork,
    settings: ModelSettings,
    *,
    classes: Sequence[str],
    layout: JointLayout | None,
    channels: Channels,
) -> dict[str, Any]:
    """Load the weights of a source into a new network.

    The classifier is taken if both have the same classes, in the order of the new ones; otherwise
    it stays as it is: new. Every other weight must fit.

    Args:
        model: The new network.
        source: The weights.
        settings: Settings of the new network.
        classes: Its classes, in the order of its logits.
        layout: Its layout; None if each clip keeps its own.
        channels: Channels of a joint of its clips.

    Returns:
        What ``config.json`` holds of it: the number of weights that are taken, and what became of
        the classifier.

    Raises:
        RunError: If weights do not fit; it tells which and why.
    """
    _check_settings(source, settings)
    facts = source.facts
    if facts is not None:
        _check_clips(source, facts, layout, channels)
    head, own = _name_classifier(model), model.state_dict()
    same = facts is not None and set(facts.classes) == set(classes)
    taken = dict(source.weights)
    if facts is not None and same:
        rows = [facts.classes.index(name) for name in classes]
        if rows != sorted(rows) and not head:
            raise RunError(
                f"{source.where}: its classes are in another order, {', '.join(facts.classes)}, "
                f"and a network without the property last_layer has no classifier to reorder"
            )
        taken |= {name: taken[name][rows] for name in head if name in taken}
    else:
        if not head:
            raise RunError(
                f"{source.where}: its classes are others, and a network without the property "
                f"last_layer has no classifier that could start anew"
            )
        taken = {name: value for name, value in taken.items() if name not in head}
    _check_fit(source, taken, own, left=() if same else head)
    model.load_state_dict({**own, **taken})
    return {
        "weights": sum(value.numel() for value in taken.values()),
        "classifier": "taken" if same else "new",
    }


def freeze_stages(model: nn.Module, count: int, *, name: str) -> None:
    """Leave the first blocks of a network as they are, with the statistics of their batch norms.

    Args:
        model: The network.
        count: Number of blocks; what precedes the first belongs to it.
        name: Name of the model, for the error.

    Raises:
        RunError: If the network has fewer, or does not tell its blocks.
    """
    if not count:
        return
    stages = _list_stages(model, name)
    if count >= len(stages):
        raise RunError(
            f"expected freeze from 0 to {len(stages) - 1}, as many blocks as {name} has before its "
            f"classifier, but got {count}"
        )
    for stage in stages[:count]:
        for module in stage:
            module.requires_grad_(False).eval()


def rate_parameters(model: nn.Module, decay: float, *, name: str) -> dict[str, float]:
    """Return the learning rate of each parameter as a share of the classifier's.

    That of a stage is ``decay`` times that of the next one (Howard and Ruder, ACL 2018).

    Raises:
        RunError: If the network does not tell its stages.
    """
    if decay == 1:
        return {}
    stages = _list_stages(model, name)
    shares = {
        id(parameter): decay ** (len(stages) - 1 - number)
        for number, stage in enumerate(stages)
        for module in stage
        for parameter in module.parameters()
    }
    return {name: shares[id(parameter)] for name, parameter in model.named_parameters()}


def _list_stages(model: nn.Module, name: str) -> list[list[nn.Module]]:
    if not isinstance(model, ClipNetwork):
        raise RunError(
            f"freeze and layer_decay need a network that lists its stages, as a "
            f"skelgraph.models.ClipNetwork does, but {name} is none"
        )
    return model.list_stages()


def _name_classifier(model: nn.Module) -> tuple[str, ...]:
    """Return the names of the last layer's weights; nothing if the network tells none."""
    last = getattr(model, "last_layer", None)
    if not isinstance(last, nn.Module):
        return ()
    (prefix,) = (prefix for prefix, module in model.named_modules() if module is last)
    return tuple(f"{prefix}.{name}" for name in last.state_dict())


def _check_settings(source: SourceNetwork, settings: ModelSettings) -> None:
    theirs = source.settings
    if theirs is None:
        return
    if theirs.info.is_own and settings.info.is_own:
        ours, own = (one.name.rpartition(":")[2] for one in (settings, theirs))
        if ours == own:
            return
    if theirs.name != settings.name:
        raise RunError(
            f"{source.where}: its weights are of the model {theirs.name}, but the network is "
            f"{settings.name}; pass --model {theirs.name}"
        )
    for one in list_settings(ModelSettings):
        before, now = getattr(theirs, one.name), getattr(settings, one.name)
        if one.name in settings.info.options and before != now:
            raise RunError(
                f"{source.where}: its network has {one.key} {before}, but the new one {now}; pass "
                f"the same"
            )


def _check_clips(
    source: SourceNetwork, facts: RunFacts, layout: JointLayout | None, channels: Channels
) -> None:
    if facts.is_mixed != (layout is None):
        advice = "pass --layout mixed" if facts.is_mixed else f"pass --layout {facts.layout.name}"
        raise RunError(
            f"{source.where}: one of both networks is for mixed skeletons and has no weight of a "
            f"joint; {advice}"
        )
    if layout is not None and layout != facts.layout:
        raise RunError(
            f"{source.where}: its weights belong to the joints of layout {facts.layout.name!r}, "
            f"but the clips have {layout.name!r}; pass --layout {facts.layout.name}"
        )
    if channels != facts.channels:
        raise RunError(
            f"{source.where}: its network takes the channels {facts.channels} of each joint, but "
            f"the clips have {channels}"
        )


def _check_fit(
    source: SourceNetwork,
    taken: Mapping[str, Tensor],
    own: Mapping[str, Tensor],
    *,
    left: Sequence[str],
) -> None:
    missing = sorted(own.keys() - taken.keys() - set(left))
    unknown = sorted(taken.keys() - own.keys())
    both = sorted(own.keys() & taken.keys())
    unlike = [name for name in both if taken[name].shape != own[name].shape]
    if unlike:
        first = unlike[0]
        raise RunError(
            f"{source.where}: {len(unlike)} of its weights have another shape than the network's, "
            f"such as {first!r}: {tuple(taken[first].shape)}, but {tuple(own[first].shape)} here; "
            f"the network has another size, or the stream other channels"
        )
    if missing or unknown:
        told = [f"{len(missing)} are missing, such as {missing[0]!r}"] if missing else []
        told += [f"{len(unknown)} are unknown, such as {unknown[0]!r}"] if unknown else []
        raise RunError(
            f"{source.where}: expected the weights of this network, but {' and '.join(told)}; "
            f"choose the --model that it was"
        )
