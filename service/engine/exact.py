"""Exact numbers in an engine that only compares 64-bit integers.

A number x becomes ``enc(x) = 2 * floor(x * SCALE) + r`` with r = 1 when ``x * SCALE`` is no integer, else 0.
A threshold t must be a multiple of ``1 / SCALE``, so that ``enc(t) = 2 * m`` with the integer ``m = t * SCALE``.
Then every comparison of x with t equals the same comparison of enc(x) with enc(t). With ``n = floor(x * SCALE)``:

* n > m: x > t, and enc(x) >= 2m + 2 > 2m.
* n < m: x < t, because ``x * SCALE < n + 1 <= m``, and enc(x) <= 2(m - 1) + 1 < 2m.
* n = m, r = 0: x = t, and enc(x) = 2m.
* n = m, r = 1: x > t, and enc(x) = 2m + 1 > 2m.

Numbers beyond +-``LIMIT`` are moved onto it. Thresholds lie strictly inside, so no comparison changes, and every
encoded number stays below 2**61.
"""

from fractions import Fraction

from service.errors import KnowledgeError
from service.knowledge.terms import Threshold

SCALE = 10**6
LIMIT = 10**12
_LARGEST = 2 * LIMIT * SCALE


def encoded(number: Fraction | int) -> int:
    """The integer that stands for a number of a fact."""
    numerator, denominator = number.as_integer_ratio()
    whole, rest = divmod(numerator * SCALE, denominator)
    code = 2 * whole + 1 if rest else 2 * whole
    if -_LARGEST <= code <= _LARGEST:
        return code
    return _LARGEST if code > 0 else -_LARGEST


def encoded_threshold(threshold: Threshold) -> int:
    """The integer that stands for a threshold; KnowledgeError when it cannot be compared exactly."""
    scaled = threshold.value * SCALE
    if scaled.denominator != 1:
        raise KnowledgeError(f"threshold {threshold.name}: at most six decimals can be compared exactly")
    if abs(threshold.value) >= LIMIT:
        raise KnowledgeError(f"threshold {threshold.name}: must lie between -10^12 and 10^12")
    return 2 * scaled.numerator
