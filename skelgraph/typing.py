"""Array aliases that the annotations share."""

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
"""Floating-point array of any shape; the docstring of each user says which."""

Float32Array = npt.NDArray[np.float32]
"""Single-precision array; positions and confidences are stored so."""

BoolArray = npt.NDArray[np.bool_]
"""Boolean array; True means that something is there."""

IntArray = npt.NDArray[np.integer[Any]]
"""Integer array."""
