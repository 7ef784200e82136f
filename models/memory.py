"""How much memory is free, and how much this process holds."""

import os


def available_memory() -> int:
    """Bytes of memory that are free now, as far as the system tells; 8 GiB where it does not."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 8 << 30


def used_memory() -> int:
    """Bytes of memory that this process holds now, as far as the system tells; 0 where it does not."""
    try:
        with open("/proc/self/statm", encoding="ascii") as line:
            return int(line.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
