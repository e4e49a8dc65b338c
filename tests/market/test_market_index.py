import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from exchange.domain.campaign import Condition, ConsentKind, Targeting
from exchange.domain.lead import Evidence, Profile, Value
from exchange.market import bits, bounds, plan
from exchange.market.index import TargetingIndex
from exchange.market.targeting import failing

# Small pools, so that values meet conditions; numbers of both kinds and at the edges of what a double holds.
CODES = st.sampled_from(("TX", "T", "782", "78251", "78", "1", "2", "0.5", "true"))
NUMBERS = st.one_of(
    st.sampled_from((0, 1, 2, 0.5, 1.0, 2**53, 2**53 + 1, float(2**53), float("inf"), float("-inf"), float("nan"))),
    st.integers(-3, 9),
    st.floats(-3, 9),
)
ENDS = st.one_of(st.none(), NUMBERS.map(float))
LISTS = st.lists(CODES, max_size=5).map(tuple)
# Of each kind of test: the conditions, and values that meet them.
KINDS: dict[str, tuple[st.SearchStrategy[Condition], st.SearchStrategy[Value]]] = {
    "one_of": (
        st.builds(Condition, st.just("x"), one_of=LISTS),
        st.one_of(CODES, st.sampled_from((1, 2.0, 0.5, True))),
    ),
    "not_in": (
        st.builds(Condition, st.just("x"), not_in=LISTS),
        st.one_of(CODES, st.sampled_from((1, 2.0, 0.5, True))),
    ),
    "prefix_in": (st.builds(Condition, st.just("x"), prefix_in=LISTS), st.one_of(CODES, st.sampled_from((1, 781.0)))),
    "range": (
        st.builds(Condition, st.just("x"), range=st.tuples(ENDS, ENDS)),
        st.one_of(NUMBERS, st.booleans(), CODES),
    ),
    "exists": (st.builds(Condition, st.just("x"), exists=st.booleans()), st.just(0)),
    "flag": (st.builds(Condition, st.just("x"), flag=st.booleans()), st.sampled_from((True, False, 1, 0, 1.0, "true"))),
    "nothing": (st.just(Condition("x")), st.booleans()),
}
ANY = (
    st.one_of([conditions for conditions, _ in KINDS.values()]),
    st.one_of([values for _, values in KINDS.values()]),
)
SOURCES = st.lists(st.sampled_from(("a", "b", "a/x", "b/x", "a/y")), max_size=3).map(tuple)
VERTICALS = st.sampled_from(("mortgage", "mortgage", "mortgage", "solar"))
EVIDENCE = st.builds(Evidence, st.booleans(), st.booleans(), st.booleans(), st.booleans())
PARTIES = st.builds(
    Targeting,
    vertical=VERTICALS,
    allowed_sources=SOURCES,
    denied_sources=SOURCES,
    required_consent=st.lists(st.sampled_from(ConsentKind), max_size=2).map(tuple),
)
NAMES = st.sampled_from("xyz")


def names(condition: Condition, name: str) -> Condition:
    return structs.replace(condition, attribute=name)


def changes(targeting: st.SearchStrategy[Targeting]) -> st.SearchStrategy[list[tuple[str, Targeting | None]]]:
    """Campaigns that come, change and go."""
    return st.lists(st.tuples(st.sampled_from("abcdefgh"), st.one_of(targeting, targeting, st.none())), max_size=20)


def check(came: list[tuple[str, Targeting | None]], profiles: list[Profile]) -> None:
    """Holds the index equal to the plain reading after each change."""
    index = TargetingIndex()
    stand: dict[str, Targeting] = {}
    for campaign_id, targeting in came:
        if targeting is None:
            index.remove(campaign_id)
            stand.pop(campaign_id, None)
        else:
            index.put(campaign_id, targeting)
            stand[campaign_id] = targeting
        for profile in profiles:
            expected = sorted(known for known, wanted in stand.items() if failing(wanted, profile) is None)
            assert sorted(index.match(profile)) == expected


@pytest.fixture(params=["real limits", "small limits"])
def _limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With small limits the loose postings come into play at a few campaigns."""
    if request.param == "small limits":
        monkeypatch.setattr(plan, "LONG_LIST", 1)
        monkeypatch.setattr(plan, "_BEGINNING_CHARS", 2)
        monkeypatch.setattr(bounds, "MAX_POINTS", 2)
        monkeypatch.setattr(bits, "_SHORT_BITS", 2)
        monkeypatch.setattr(bits, "_BLOCK_BYTES", 1)


same_limits = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.usefixtures("_limits")
@pytest.mark.parametrize("kind", KINDS)
@same_limits
@given(data=st.data())
def test_each_kind_of_condition_is_read_as_it_is_meant(kind: str, data: st.DataObject) -> None:
    conditions, values = KINDS[kind]
    targeting = st.builds(Targeting, st.just("mortgage"), st.lists(conditions, min_size=1, max_size=2).map(tuple))
    came = data.draw(changes(targeting))
    leads = [Profile("a", "mortgage", {"x": value}, Evidence()) for value in data.draw(st.lists(values, max_size=6))]
    check(came, [*leads, Profile("a", "mortgage", {"y": "TX"}, Evidence())])


@given(
    came=changes(PARTIES),
    profiles=st.lists(
        st.builds(Profile, st.sampled_from("abc"), VERTICALS, st.just({}), EVIDENCE, st.sampled_from(("", "x", "y"))),
        min_size=1,
        max_size=6,
    ),
)
def test_verticals_sources_and_consent_are_read_as_they_are_meant(
    came: list[tuple[str, Targeting | None]], profiles: list[Profile]
) -> None:
    check(came, profiles)


TARGETING = st.builds(
    Targeting,
    vertical=VERTICALS,
    conditions=st.lists(st.builds(names, ANY[0], NAMES), max_size=4).map(tuple),
    allowed_sources=SOURCES,
    denied_sources=SOURCES,
)


@pytest.mark.usefixtures("_limits")
@same_limits
@given(
    came=changes(TARGETING),
    profiles=st.lists(
        st.builds(Profile, st.just("a"), VERTICALS, st.dictionaries(NAMES, ANY[1]), EVIDENCE), min_size=1, max_size=3
    ),
)
def test_all_of_it_together(came: list[tuple[str, Targeting | None]], profiles: list[Profile]) -> None:
    check(came, profiles)


@given(st.lists(TARGETING, max_size=12))
def test_an_emptied_index_holds_nothing(targetings: list[Targeting]) -> None:
    index = TargetingIndex()
    for number, targeting in enumerate(targetings):
        index.put(str(number), targeting)
    for number in range(len(targetings)):
        index.remove(str(number))
    assert index._verticals == {}
    assert index._targeting == {}


def test_slots_of_removed_campaigns_are_used_again() -> None:
    index = TargetingIndex()
    index.put("stays", Targeting("mortgage"))
    for number in range(100):
        index.put(f"camp-{number}", Targeting("mortgage", conditions=(Condition("state", one_of=("TX",)),)))
        assert index._verticals["mortgage"].live == 0b11
        index.remove(f"camp-{number}")


def test_a_bound_that_is_no_number_leaves_the_others_in_order() -> None:
    index = TargetingIndex()
    for number, bound in enumerate((3.0, float("nan"), 1.0, 2.0)):
        index.put(f"camp-{number}", Targeting("mortgage", conditions=(Condition("ltv", range=(bound, None)),)))
    assert set(index.match(lead(ltv=1.5))) == {"camp-2"}
    index.remove("camp-1")
    assert set(index.match(lead(ltv=2.5))) == {"camp-2", "camp-3"}


def lead(**attributes: Value) -> Profile:
    return Profile("a", "mortgage", attributes, Evidence())


def test_a_list_of_every_zip_code() -> None:
    index = TargetingIndex()
    index.put("odd", Targeting("mortgage", conditions=(Condition("zip", one_of=every_other(1)),)))
    index.put("even", Targeting("mortgage", conditions=(Condition("zip", not_in=every_other(1)),)))
    index.put("begin", Targeting("mortgage", conditions=(Condition("zip", prefix_in=every_other(1)),)))
    assert set(index.match(lead(zip="78251"))) == {"odd", "begin"}
    assert set(index.match(lead(zip="78250"))) == {"even"}
    assert set(index.match(lead(zip="782517"))) == {"even", "begin"}
    assert set(index.match(lead())) == {"even"}


def every_other(first: int) -> tuple[str, ...]:
    return tuple(f"{code:05}" for code in range(first, 100_000, 2))


def test_more_bounds_than_buckets() -> None:
    index = TargetingIndex()
    for bound in range(1_000):
        index.put(f"from-{bound}", Targeting("mortgage", conditions=(Condition("ltv", range=(float(bound), None)),)))
        index.put(f"to-{bound}", Targeting("mortgage", conditions=(Condition("ltv", range=(None, float(bound))),)))
    assert all(
        len(posting._too_low) <= bounds.MAX_POINTS + 1 for posting in index._verticals["mortgage"]._bounds.values()
    )
    for value in (-1, 0, 499, 499.5, 999, 1_000):
        expected = {f"from-{bound}" for bound in range(1_000) if value >= bound}
        expected |= {f"to-{bound}" for bound in range(1_000) if value <= bound}
        assert set(index.match(lead(ltv=value))) == expected


@given(st.sets(st.integers(0, 40_000), max_size=200))
def test_places_of_bits(numbers: set[int]) -> None:
    found = bits.places(sum(1 << number for number in numbers))
    assert sorted(found) == sorted(numbers)
