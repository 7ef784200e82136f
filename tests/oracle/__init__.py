"""Independent oracle: the definitions written out with itertools, ints and Fractions only."""

from oracle.plain import Number as Number
from oracle.plain import Plain as Plain
from oracle.plain import Utility as Utility
from oracle.plain import whole as whole
