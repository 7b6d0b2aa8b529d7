"""Attributions of joints and moments: integrated gradients, occlusion, and attention."""

from importlib import util

import numpy as np
import torch

from skelgraph.errors import RunError
from skelgraph.explanation.clip_explanation import BlockAttention
from skelgraph.explanation.clip_input import ClipInput
from skelgraph.typing import FloatArray

_STEPS = 32
_CLIPS_AT_ONCE = 16
_OCCLUDED_S = 0.3


def check_captum() -> None:
    """Check that captum is installed.

    Raises:
        RunError: If it is not.
    """
    if util.find_spec("captum") is None:
        raise RunError(
            "integrated gradients and occlusion need captum; install it: "
            "pip install 'skelgraph[explain]'"
        )


def integrate_gradients(clip: ClipInput, target: int) -> FloatArray:
    """Return the integrated gradients (T, V) of the probability of a class.

    Sundararajan, Taly and Yan, ICML 2017, as captum computes them: the path begins where all
    channels are 0, which of a motion is a body that stands still, and of positions one whose joints
    all lie in the center. Channels and views are summed; the sum over all is the probability less
    that of the path's beginning.

    Args:
        clip: The clip as the network takes it.
        target: Number of the class.

    Raises:
        RunError: If captum is not installed.
    """
    check_captum()
    from captum.attr import IntegratedGradients

    x = clip.x.detach().requires_grad_()
    method = IntegratedGradients(clip.network, multiply_by_inputs=True)
    values = method.attribute(
        x,
        baselines=0.0,
        target=target,
        additional_forward_args=(clip.present,),
        n_steps=_STEPS,
        internal_batch_size=_CLIPS_AT_ONCE,
    )  # (1, W, C, T, V[, M])
    summed = values[0].detach().double().sum(dim=1).cpu().numpy()
    return clip.join_views(summed[..., 0] if summed.ndim == 4 else summed)


def occlude(clip: ClipInput, target: int) -> FloatArray:
    """Return how much the probability of a class falls if a joint is missing for a while, (T, V).

    Zeiler and Fergus, ECCV 2014, as captum computes it: windows of 0.3 s of one joint, which
    overlap by half, are marked as missing; an entry has the mean over the windows that cover it.

    Args:
        clip: The clip as the network takes it.
        target: Number of the class.

    Raises:
        RunError: If captum is not installed.
    """
    check_captum()
    from captum.attr import Occlusion

    kept = torch.from_numpy(clip.there).float().unsqueeze(0)  # (1, T, V)
    frames = min(max(round(_OCCLUDED_S * clip.fps), 1), kept.size(1))
    with torch.no_grad():
        values = Occlusion(clip.predict_kept).attribute(
            kept.to(clip.x.device),
            sliding_window_shapes=(frames, 1),
            strides=(max(frames // 2, 1), 1),
            baselines=0.0,
            target=target,
            perturbations_per_eval=_CLIPS_AT_ONCE,
        )
    return np.asarray(values[0].double().cpu().numpy()) * clip.there


def average_attention(blocks: tuple[BlockAttention, ...]) -> FloatArray:
    """Return the attention that each joint receives, the mean over blocks and heads, (T, V)."""
    return np.asarray(np.mean([block.received.mean(axis=0) for block in blocks], axis=0))
