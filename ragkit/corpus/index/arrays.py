"""Arrays of a version, mapped into memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def mapped(file: Path) -> npt.NDArray[Any]:
    """A ``.npy`` file as a read-only array whose pages are read when they are used.

    It is a plain array over the map: taking a slice of a ``numpy.memmap`` costs three times as much.
    """
    return np.asarray(np.load(file, mmap_mode="r"))
