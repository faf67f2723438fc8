"""Vials: which of them hold a dose, and the nearest dose that vials hold."""

from collections.abc import Sequence
from fractions import Fraction

_MOST = 2000


def in_vials(grams: Fraction, vials: Sequence[Fraction]) -> list[Fraction] | None:
    """The fewest vials, largest first, that hold exactly so many grams; ``None`` when no set of vials does."""
    if not vials or not 0 < grams <= _MOST:
        return None
    # Of the largest size all but a few are surely among the fewest; only the rest is a search.
    largest = max(vials)
    whole = max(int(grams // largest) - 1, 0)
    fewest: dict[Fraction, list[Fraction]] = {Fraction(0): []}
    rest = grams - whole * largest
    reached = [Fraction(0)]
    while reached and rest not in fewest:
        further: list[Fraction] = []
        for held in reached:
            for size in sorted(vials, reverse=True):
                if held + size <= rest and held + size not in fewest:
                    fewest[held + size] = [*fewest[held], size]
                    further.append(held + size)
        reached = further
    return sorted([*fewest[rest], *[largest] * whole], reverse=True) if rest in fewest else None


def rounded_to_vials(
    grams: Fraction, vials: Sequence[Fraction], step: Fraction, least: Fraction | None, most: Fraction | None
) -> Fraction | None:
    """The nearest multiple of ``step`` that vials hold within bounds, else of the smallest vial, else the next.

    Half a step goes down. ``None`` when nothing near lies there: a dose is never rounded up from next to nothing.
    """
    smallest = min(vials)
    # A step that is most of the dose is too coarse for it.
    coarse = max(step, smallest) if grams > step + step / 2 else smallest
    nearest = [(size, _nearest(grams, size)) for size in dict.fromkeys((coarse, smallest))]
    near = [(size, count) for size, count in nearest if count]
    beside = [(size, count + more) for size, count in reversed(near) for more in (-1, 1)]
    for size, count in (*near, *beside):
        dose = count * size
        is_within = (least is None or dose >= least) and (most is None or dose <= most)
        if dose > 0 and is_within and in_vials(dose, vials):
            return dose
    return None


def _nearest(grams: Fraction, size: Fraction) -> int:
    return int(-((-(grams / size) + Fraction(1, 2)) // 1))


def nearest_multiple(grams: Fraction, step: Fraction) -> Fraction:
    """The nearest multiple of a step that is above zero; half a step goes down."""
    return max(_nearest(grams, step), 1) * step


def vials_in_words(used: Sequence[str]) -> str:
    """Vials for a reader, from their sizes as numbers: "30 g + 2.5 g", "2 x 30 g"."""
    counts = {size: list(used).count(size) for size in used}
    return " + ".join(f"{count} x {size} g" if count > 1 else f"{size} g" for size, count in counts.items())
