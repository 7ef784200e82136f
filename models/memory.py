"""How much memory is free."""


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
