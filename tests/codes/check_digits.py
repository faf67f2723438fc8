"""Check digits: LOINC (Luhn, mod 10) and SNOMED CT (Verhoeff, dihedral group D5)."""

from itertools import pairwise

_TURNS = "1576283094"


def has_luhn_digit(code: str) -> bool:
    """Whether the digit behind the hyphen of ``51703-7`` is that of the number before it."""
    number, _, check = code.rpartition("-")
    if not (number.isdecimal() and check.isdecimal() and len(check) == 1):
        return False
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in number[::-2])
    return (doubled + sum(map(int, number[-2::-2])) + int(check)) % 10 == 0


def has_verhoeff_digit(code: str) -> bool:
    """Whether the last digit of a SNOMED CT identifier is that of the digits before it."""
    if not code.isdecimal():
        return False
    found = 0
    for place, digit in enumerate(reversed(code)):
        found = _product(found, _turned(int(digit), place))
    return found == 0


def _turned(digit: int, times: int) -> int:
    for _ in range(times % 8):
        digit = int(_TURNS[digit])
    return digit


def _product(one: int, other: int) -> int:
    """The product in D5: 0 to 4 are rotations, 5 to 9 reflections."""
    if one < 5:
        return (one + other) % 5 if other < 5 else (one + other) % 5 + 5
    return (one - other) % 5 + 5 if other < 5 else (one - other) % 5


def neighbours(code: str) -> set[str]:
    """The code with two different digits beside each other exchanged, each pair in turn."""
    swapped = set()
    for place, (left, right) in enumerate(pairwise(code)):
        if left != right and left.isdecimal() and right.isdecimal():
            swapped.add(code[:place] + right + left + code[place + 2 :])
    return swapped
