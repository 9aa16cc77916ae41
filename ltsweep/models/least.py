"""Refuses images that an architecture would shrink to nothing, or to one pixel."""


class TooSmall(ValueError):
    """Images with fewer than `least` pixels a side."""

    def __init__(self, who: str, least: int, height: int, width: int) -> None:
        super().__init__(f"{who} images of at least {least}x{least} pixels, not {height}x{width}")
        self.least = least


def check_size(who: str, least: int, height: int, width: int) -> None:
    """TooSmall where the lesser side has fewer than `least` pixels; `who` is 'vgg19 needs'."""
    if min(height, width) < least:
        raise TooSmall(who, least, height, width)
