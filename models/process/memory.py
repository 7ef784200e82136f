"""How much memory is free, and how much this process holds."""

import psutil


def available_memory() -> int:
    """Bytes of memory that are free now."""
    return int(psutil.virtual_memory().available)


def used_memory() -> int:
    """Bytes of memory that this process holds now."""
    return int(psutil.Process().memory_info().rss)
