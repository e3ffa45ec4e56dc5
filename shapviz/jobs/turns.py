"""Whose part is next: owners take turns, jobs of one owner follow each other. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from shapviz.jobs.spec import DEMOS_OWNER

__all__ = ["Claim", "in_turn"]


class Claim(Protocol):
    """What a turn is given by."""

    @property
    def owner(self) -> str:
        """Who asks."""
        ...


C = TypeVar("C", bound=Claim)


def in_turn(
    claims: Sequence[C],
    flying: Iterable[str],
    served: Mapping[str, float],
    sooner: Callable[[C], bool],
    later: Callable[[C], bool],
) -> list[C]:
    """Return the claims in the order in which they are to be served.

    Parameters
    ----------
    claims : sequence
        Jobs, in the order in which they were asked for.
    flying : iterable of str
        The owner of each part that is being worked on.
    served : mapping
        When each owner was last served.
    sooner, later : callable
        Whether a job goes before others of the same owner, or had better wait for them.

    Returns
    -------
    list
        First the owner with the fewest parts in work, among those the one who waited longest;
        the demos after everybody. An owner's jobs stay in their order, but for those that go
        before it or had better wait.
    """
    working = Counter(flying)

    def place(claim: C) -> tuple[bool, int, float, bool, bool]:
        owner = claim.owner
        turn = owner == DEMOS_OWNER, working[owner], served.get(owner, 0.0)
        return *turn, not sooner(claim), later(claim)

    return sorted(claims, key=place)
