"""Large amounts as people read them: counts, bytes, and how long something takes."""

from collude.models.numbers import big

DAY, LONGEST_COUNTED = 86400.0, 10**6
BEYOND = 1e300


def short(number: int) -> str:
    """Write small numbers in full, large ones as 2.4 x 10^18.

    Parameters
    ----------
    number : int
        At least 0.

    Examples
    --------
    >>> short(1234), short(24 * 10**17)
    ('1,234', '2.4 x 10^18')
    """
    if number < 10**12:
        return f"{number:,}"
    if number.bit_length() > 1000:
        return big(number) if number.bit_length() > 13_000 else f"about 10^{len(str(number)) - 1}"
    power = len(str(number)) - 1
    head = f"{number / 10**power:.1f}"
    return f"10^{power}" if head == "1.0" and number == 10**power else f"{head} x 10^{power}"


def bytes_in_words(count: int) -> str:
    """Write bytes as kB, MB or GB.

    Parameters
    ----------
    count : int
        Bytes.

    Examples
    --------
    >>> bytes_in_words(2_500_000), bytes_in_words(10**30), bytes_in_words(8)
    ('2.5 MB', '10^21 GB', 'under 1 kB')
    """
    if count >= LONGEST_COUNTED * 10**9:
        return f"{short(count // 10**9)} GB"
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return "under 1 kB"


def duration(seconds: float) -> str:
    """Write seconds as a person says them.

    Parameters
    ----------
    seconds : float
        At least 0.

    Examples
    --------
    >>> duration(0.2), duration(600), duration(3e5), duration(1e40)
    ('under 1 s', '10 min', '3.5 days', '1.2 x 10^35 days')
    """
    if seconds < 1:
        return "under 1 s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * DAY:
        return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
    days = min(seconds, BEYOND) / DAY
    return f"{days:.1f} days" if days < 10 else f"{short(int(days))} days"


def expected_time(nanoseconds: float) -> str:
    """Write an estimate as "about 284 s", or in days where it is long.

    Parameters
    ----------
    nanoseconds : float
        At least 0.

    Examples
    --------
    >>> expected_time(284e9), expected_time(3e17)
    ('about 284 s', 'about 3,472 days')
    """
    seconds = nanoseconds / 1e9
    return f"about {seconds:.0f} s" if seconds < 2 * DAY else f"about {duration(seconds)}"
