"""Independent oracle: the definitions written out with itertools, ints and Fractions only."""

from oracle.plain import Plain as Plain
