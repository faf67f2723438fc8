"""Sessions: which studies of one nerve belong together, and which of them are the latest."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from service.domain.immutable import immutable
from service.subjects.conduction.fitting import fitted
from service.subjects.conduction.nerves import NerveStudy


@immutable
class Session:
    """Studies of one nerve and side from one calendar day.

    ``is_unordered``: another session with other values may be as late; neither can be called the latest. So it is
    where studies were ``left_out``, since more contradict each other than are compared.
    """

    studies: tuple[NerveStudy, ...]
    is_latest: bool
    is_unordered: bool = False
    left_out: tuple[NerveStudy, ...] = ()


def by_nerve(studies: Iterable[NerveStudy], kind: str) -> dict[tuple[str, str], list[NerveStudy]]:
    """The studies of one kind, by (nerve, side): the left and the right nerve are two nerves."""
    nerves: dict[tuple[str, str], list[NerveStudy]] = {}
    for study in studies:
        if study.kind == kind:
            nerves.setdefault((study.nerve, study.side), []).append(study)
    return nerves


def sessions_of(studies: Sequence[NerveStudy]) -> list[Session]:
    """The sessions of one nerve, the latest ones first."""
    if len(studies) == 1:
        # As most nerves have it: a study alone is of the latest session.
        return [Session((studies[0],), is_latest=True)]
    groups = _by_day(studies)
    is_older = _older_than_one_of([group[0] for group in groups])
    latest = [group for group in groups if not is_older(group[0])]
    earlier = [group for group in groups if is_older(group[0])]
    return [*_latest_sessions(latest), *(_session(group, is_latest=False) for group in earlier)]


def newest(studies: Sequence[NerveStudy], kind: str) -> list[NerveStudy]:
    """The studies of one kind, ``motor`` or ``sensory``, in the latest session of each nerve."""
    return [
        study
        for nerve in by_nerve(studies, kind).values()
        for session in sessions_of(nerve)
        if session.is_latest
        for study in session.studies
    ]


def _latest_sessions(groups: list[list[NerveStudy]]) -> list[Session]:
    apart = [_session(group, is_latest=True) for group in groups]
    if len(apart) < 2:  # noqa: PLR2004 - one session has nothing to differ from
        return apart
    together = _session([study for group in groups for study in group], is_latest=True)
    if not together.left_out and all(_say_the_same(session.studies, together.studies) for session in apart):
        return [together]
    return [replace(session, is_unordered=True) for session in apart]


def _session(studies: Sequence[NerveStudy], *, is_latest: bool) -> Session:
    put_together, left_out = fitted(studies)
    return Session(put_together, is_latest, is_unordered=bool(left_out), left_out=left_out)


def _say_the_same(some: tuple[NerveStudy, ...], others: tuple[NerveStudy, ...]) -> bool:
    if len(some) != len(others):
        return False
    pairs = zip(some, others, strict=True)
    return all((a.sites, a.sensory, a.interpretations) == (b.sites, b.sensory, b.interpretations) for a, b in pairs)


def _by_day(studies: Sequence[NerveStudy]) -> list[list[NerveStudy]]:
    groups: dict[object, list[NerveStudy]] = {}
    for index, study in enumerate(studies):
        # A study without a full date is a session of its own: no other is surely of the same day.
        groups.setdefault(study.day or index, []).append(study)
    return list(groups.values())


def _older_than_one_of(studies: Sequence[NerveStudy]) -> Callable[[NerveStudy], bool]:
    """Whether a study is of an earlier day than one of these, or surely before one, where a day is missing."""
    last_day = max((study.day for study in studies if study.day), default=None)
    last_start = max((study.moment.earliest for study in studies), default=None)
    last_dayless = max((study.moment.earliest for study in studies if not study.day), default=None)

    def is_older(study: NerveStudy) -> bool:
        begun_later = last_dayless if study.day else last_start
        is_of_earlier_day = bool(study.day and last_day and study.day < last_day)
        return is_of_earlier_day or (begun_later is not None and study.moment.latest < begun_later)

    return is_older
