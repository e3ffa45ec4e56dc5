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
    later : callable
        Whether a job had better wait for another of the same owner.

    Returns
    -------
    list
        First the owner with the fewest parts in work, among those the one who waited longest;
        the demos after everybody. An owner's jobs stay in their order, but for those that had
        better wait.
    """
    working = Counter(flying)

    def place(claim: C) -> tuple[bool, int, float, bool]:
        owner = claim.owner
        return owner == DEMOS_OWNER, working[owner], served.get(owner, 0.0), later(claim)

    return sorted(claims, key=place)
