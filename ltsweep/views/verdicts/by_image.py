"""What the finite test set leaves open: two arms compared image by image, over all seeds."""

import base64
import math
from collections.abc import Mapping

Bits = tuple[str, int]  # which images were named rightly, packed and encoded; how many there are


def error_of_images(ours: Mapping[int, Bits], theirs: Mapping[int, Bits]) -> float | None:
    """Standard error of a mean difference that the choice of test images alone causes, in points.

    SD over images of D_i / sqrt(images), with D_i the mean over the seeds of both of what one arm
    names rightly minus what the other does. None without such seeds, or where their test sets
    differ in size.
    """
    import numpy as np

    seeds = sorted(ours.keys() & theirs.keys())
    sizes = {bits[seed][1] for bits in (ours, theirs) for seed in seeds}
    if len(sizes) != 1 or (images := sizes.pop()) < 2:
        return None

    def rightly(bits: Bits) -> np.ndarray:
        packed = np.frombuffer(base64.b64decode(bits[0]), dtype=np.uint8)
        return np.unpackbits(packed, count=images).astype(float)

    total = sum(rightly(ours[seed]) - rightly(theirs[seed]) for seed in seeds)
    return float(100 * np.std(total / len(seeds), ddof=1) / math.sqrt(images))
