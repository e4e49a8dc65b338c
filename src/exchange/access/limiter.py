"""How much a party may ask: sliding windows and calls at once. Time is passed in.

A window is counted in sixtieths of it. A call counts from the sixtieth in which it came until that sixtieth has left
the window whole: in any stretch as long as the window there are never more calls than the plan allows, and what was
used comes back at most one sixtieth late (a second for a minute, a minute for an hour).

Cores that share a store tell each other what they let in: `counted` is to be told, `others` takes in what was. What
came to several cores between two tellings may go over a limit by that much. Calls at once are each core's own.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Final

from exchange.domain.errors import Refused
from exchange.domain.plan import EVERY_PARTY, PlanCount, RatePlan
from exchange.domain.reasons import Reason

_PARTS: Final = 60
_RETRY_MS: Final = 100
"""When to repeat a call beyond the concurrent ones: some end all the time."""
Headers = tuple[tuple[str, str], ...]


class Window:
    """At most so many calls in any stretch of that length."""

    __slots__ = ("_counts", "_others", "limit", "name", "part_ms", "used")

    def __init__(self, name: str, length_ms: int) -> None:
        self.name = name
        self.limit = 0
        """0 is no limit: it only counts."""
        self.part_ms = length_ms // _PARTS
        self.used = 0
        self._counts: deque[list[int]] = deque()  # number of the part, calls, those told; at most _PARTS + 1 of them
        self._others: dict[int, list[int]] = {}  # other cores', by when the part began: number of the part here, calls

    def forget(self, now_ms: int) -> None:
        """Lets go of what has left the window."""
        counts, others, oldest = self._counts, self._others, now_ms // self.part_ms - _PARTS
        while counts and counts[0][0] < oldest:
            self.used -= counts.popleft()[1]
        while others and others[first := next(iter(others))][0] < oldest:
            self.used -= others.pop(first)[1]

    def add(self, now_ms: int) -> None:
        """Counts a call."""
        part = now_ms // self.part_ms
        if self._counts and self._counts[-1][0] >= part:  # a clock that was set back counts into the newest part
            self._counts[-1][1] += 1
        else:
            self._counts.append([part, 1, 0])
        self.used += 1

    def counted(self, ahead_ms: int) -> Iterator[tuple[int, int]]:
        """What was counted since this was last asked: when each part began, Unix ms, and calls in it.

        Unix time is `ahead_ms` ahead of the time that is passed in. Parts begin with whole ones of Unix time.
        """
        for count in reversed(self._counts):
            part, calls, told = count
            if calls == told:
                return
            count[2] = calls
            middle_ms = part * self.part_ms + self.part_ms // 2 + ahead_ms
            yield middle_ms // self.part_ms * self.part_ms, calls - told

    def hear(self, from_ms: int, calls: int, now_ms: int, ahead_ms: int) -> None:
        """Takes in how many calls other cores have counted by now in a part that began then."""
        known = self._others.get(from_ms)
        if known is None:
            part, newest = -((ahead_ms - from_ms) // self.part_ms), now_ms // self.part_ms + 1
            if not newest - _PARTS <= part <= newest:  # it has left the window, or another core's clock is wrong
                return
            known = self._others[from_ms] = [part, 0]
        self.used += calls - known[1]
        known[1] = calls

    def frees_ms(self, now_ms: int) -> int:
        """In how long the oldest calls leave the window; 0 when there are none."""
        first = [self._counts[0][0]] if self._counts else []
        if self._others:
            first.append(next(iter(self._others.values()))[0])
        return (min(first) + _PARTS + 1) * self.part_ms - now_ms if first else 0

    @property
    def policy(self) -> str:
        """As the RateLimit draft of the IETF writes it."""
        return f'"{self.name}";q={self.limit};w={self.part_ms * _PARTS // 1000}'


class Use:
    """One party's calls under its plan."""

    __slots__ = ("_limiting", "_open", "_windows", "plan")

    def __init__(self, plan: RatePlan) -> None:
        self._open = 0
        self._windows = (Window("minute", 60_000), Window("hour", 3_600_000))
        self.take(plan)

    def take(self, plan: RatePlan) -> None:
        """Goes by another plan from here on; what was used stays used."""
        self.plan = plan
        minute, hour = self._windows
        minute.limit, hour.limit = plan.per_minute, plan.per_hour
        self._limiting = [window for window in self._windows if window.limit]

    def enter(self, now_ms: int) -> "Slot":
        """Lets a call in, or says why not; one that was let in is to leave again."""
        for window in self._windows:
            window.forget(now_ms)
        refusal = self._refusal(now_ms)
        if refusal is None:
            for window in self._windows:
                window.add(now_ms)
            self._open += 1
        return Slot(self, self._headers(now_ms), refusal)

    def _refusal(self, now_ms: int) -> Refused | None:
        waits = [(one.frees_ms(now_ms), one) for one in self._limiting if one.used >= one.limit]
        if waits:
            wait_ms, window = max(waits, key=lambda wait: wait[0])
            return _refused(window.limit, f"per {window.name}", wait_ms)
        if self.plan.concurrent and self._open >= self.plan.concurrent:
            return _refused(self.plan.concurrent, "at once", _RETRY_MS)
        return None

    def leave(self) -> None:
        """Ends a call."""
        self._open -= 1

    def counted(self, ahead_ms: int) -> Iterator[tuple[str, int, int]]:
        """What was counted in windows with a limit since this was last asked: the window, the part, calls."""
        for window in self._limiting:
            for from_ms, calls in window.counted(ahead_ms):
                yield window.name, from_ms, calls

    def hear(self, count: PlanCount, now_ms: int, ahead_ms: int) -> None:
        """Takes in what other cores have counted."""
        for window in self._windows:
            if window.name == count.window:
                window.hear(count.from_ms, count.calls, now_ms, ahead_ms)

    def _headers(self, now_ms: int) -> Headers:
        """The tightest limit in figures, and all that there are, that one first."""
        concurrent = self.plan.concurrent
        told = [(one.limit - one.used, one.limit, one.frees_ms(now_ms), one.policy) for one in self._limiting]
        if concurrent:
            told.append((concurrent - self._open, concurrent, 0, f'"concurrent";q={concurrent}'))
        if not told:
            return ()
        told.sort(key=lambda one: one[0])
        remaining, limit, reset_ms, _ = told[0]
        return (
            ("x-ratelimit-limit", str(limit)),
            ("x-ratelimit-remaining", str(max(0, remaining))),
            ("x-ratelimit-reset", str(-(-reset_ms // 1000))),
            ("x-ratelimit-policy", ", ".join(policy for _, _, _, policy in told)),
        )


class Slot:
    """A call under a plan: leave it as a context."""

    __slots__ = ("_use", "headers", "refusal")

    def __init__(self, use: Use, headers: Headers, refusal: Refused | None) -> None:
        self._use = use
        self.headers = headers
        """What the caller is told of its plan."""
        self.refusal = refusal
        """Why the call was not let in; then there is nothing to leave."""

    def __enter__(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._use.leave()


class Limiter:
    """Every party's use of its plan, for one core: all calls come through it."""

    def __init__(self) -> None:
        self._plans: dict[str, RatePlan] = {}
        self._uses: dict[str, Use] = {}

    def put(self, plan: RatePlan) -> None:
        """Takes in a plan as it now stands; it holds from the next call on."""
        self._plans[plan.party_id] = plan
        for party_id, use in self._uses.items():
            use.take(self._plans.get(party_id) or self._plans.get(EVERY_PARTY) or RatePlan(party_id))

    def enter(self, party_id: str, now_ms: int) -> Slot | None:
        """A call of a party; None when there is no plan for it, as there is none for those who are no party."""
        if not self._plans or not party_id:
            return None
        use = self._use(party_id)
        return None if use is None else use.enter(now_ms)

    def _use(self, party_id: str) -> Use | None:
        """A party's use of its plan; None when there is no plan for it."""
        use = self._uses.get(party_id)
        if use is None:
            plan = self._plans.get(party_id) or self._plans.get(EVERY_PARTY)
            if plan is not None:
                use = self._uses[party_id] = Use(plan)
        return use

    def counted(self, now_ms: int, unix_ms: int) -> list[PlanCount]:
        """What was let in since this was last asked, for other cores. `unix_ms` is the moment that `now_ms` is."""
        ahead_ms = unix_ms - now_ms
        return [PlanCount(party_id, *one) for party_id, use in self._uses.items() for one in use.counted(ahead_ms)]

    def others(self, counts: Iterable[PlanCount], now_ms: int, unix_ms: int) -> None:
        """Takes in what other cores let in: for each part of a window that is named, the sum of theirs by now."""
        for count in counts:
            use = self._use(count.party_id)
            if use is not None:
                use.hear(count, now_ms, unix_ms - now_ms)


def _refused(most: int, span: str, wait_ms: int) -> Refused:
    return Refused(Reason.RATE_LIMITED, f"The rate plan allows {most} calls {span}.", retry_after_ms=wait_ms)
