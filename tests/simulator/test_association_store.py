from collections.abc import Iterator

import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.association_types import AssociationType, AssociationTypes
from hubspot_pipeline.simulator.account.associations import Associations
from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.account.object_types import ObjectType, ObjectTypes
from hubspot_pipeline.simulator.answers import Refusal
from hubspot_pipeline.simulator.clock import Clock, iso
from hubspot_pipeline.simulator.endpoints.associations import read_specs
from hubspot_pipeline.simulator.settings import AssociationLimit, SimulatorSettings
from tests.simulator.associating import spec

KINDS = [ObjectTypes(Clock()).find(name) for name in ("contacts", "companies", "deals")]
IDS = st.integers(1, 5).map(str)
RECORDS = st.tuples(st.sampled_from(KINDS), IDS)
Record = tuple[ObjectType, str]


def empty() -> Associations:
    return Associations(ObjectTypes(Clock()), AssociationTypes(), first_is_primary=True)


def all_of(store: Associations) -> Iterator[tuple[Record, Record, set[AssociationType]]]:
    """Every association, once from each of its records."""
    for kind in KINDS:
        for record_id in map(str, range(1, 6)):
            for to_kind in KINDS:
                for other, types in store.of(kind, record_id, to_kind).items():
                    assert len(set(types)) == len(types)
                    yield (kind, record_id), (to_kind, other), set(types)


class StoreMachine(RuleBasedStateMachine):
    """Random writes; `pairs` is what must be associated after them."""

    @initialize()
    def begin(self) -> None:
        self.store = empty()
        self.pairs: set[frozenset[Record]] = set()
        for at, kind in enumerate(KINDS):
            for to_kind in KINDS[at:]:
                self.store.types.add_label(kind, to_kind, "boss", "Boss", "Report")
                self.store.types.add_label(kind, to_kind, "twin", "Twin", None)

    @rule(near=RECORDS, far=RECORDS, data=st.data(), replace=st.booleans())
    def link(self, near: Record, far: Record, data: st.DataObject, *, replace: bool) -> None:
        if near != far:
            types = self._some_types(near, far, data)
            before = set(self.store.types_of(*near, *far))
            self.store.link(*near, *far, types, replace=replace)
            after = set(self.store.types_of(*near, *far))
            assert after >= {*types} | (set() if replace else before)
            self.pairs.add(frozenset((near, far)))

    @rule(near=RECORDS, far=RECORDS)
    def unlink(self, near: Record, far: Record) -> None:
        self.store.unlink(*near, *far)
        self.pairs.discard(frozenset((near, far)))

    @rule(near=RECORDS, far=RECORDS, data=st.data())
    def unlabel(self, near: Record, far: Record, data: st.DataObject) -> None:
        types = self._some_types(near, far, data)
        self.store.unlabel(*near, *far, types)
        left = self.store.types_of(*near, *far)
        assert not {*types}.intersection(left)
        if not left:
            self.pairs.discard(frozenset((near, far)))

    @rule(record=RECORDS)
    def archive(self, record: Record) -> None:
        self.store.forget(*record)
        self.pairs = {pair for pair in self.pairs if record not in pair}
        assert self.store.kinds(*record) == []

    @rule(kind=st.sampled_from(KINDS), gone=IDS, stays=IDS)
    def merge(self, kind: ObjectType, gone: str, stays: str) -> None:
        if gone != stays:
            self.store.move(kind, gone, stays)
            moved = (
                frozenset((kind, stays) if one == (kind, gone) else one for one in pair)
                for pair in self.pairs
            )
            self.pairs = {pair for pair in moved if len(pair) == 2}

    @rule(near=st.sampled_from(KINDS), far=st.sampled_from(KINDS), data=st.data())
    def remove_label(self, near: ObjectType, far: ObjectType, data: st.DataObject) -> None:
        own = [
            one for one in self.store.types.between(near, far) if one.category != "HUBSPOT_DEFINED"
        ]
        if own:
            one = data.draw(st.sampled_from(own))
            self.store.forget_label(near, far, one)
            self.store.types.remove_label(near, far, one.type_id)

    @rule()
    def begin_again_from_what_was_saved(self) -> None:
        saved = orjson.loads(orjson.dumps(self.store.saved()))
        before = list(all_of(self.store))
        self.store = empty()
        self.store.restore(saved)
        assert sorted(map(repr, all_of(self.store))) == sorted(map(repr, before))

    @invariant()
    def both_directions_are_mirrors(self) -> None:
        types = self.store.types
        for near, far, there in all_of(self.store):
            back = set(self.store.types_of(*far, *near))
            assert {types.inverse(near[0], far[0], one) for one in there} == back

    @invariant()
    def each_has_the_unlabeled_type(self) -> None:
        for near, far, there in all_of(self.store):
            assert self.store.types.unlabeled(near[0], far[0]) in there

    @invariant()
    def exactly_the_pairs_that_were_made_are_there(self) -> None:
        assert {frozenset((near, far)) for near, far, _ in all_of(self.store)} == self.pairs
        assert len(self.store) == len(self.pairs)

    @invariant()
    def no_record_has_two_primary_companies(self) -> None:
        companies = KINDS[1]
        for kind in (KINDS[0], KINDS[2]):
            primary = self.store.types.primary(kind, companies)
            assert primary is not None
            for record_id in map(str, range(1, 6)):
                assert self.store.count(kind, record_id, companies, primary) <= 1

    def _some_types(self, near: Record, far: Record, data: st.DataObject) -> list[AssociationType]:
        known = self.store.types.between(near[0], far[0])
        return data.draw(st.lists(st.sampled_from(known), unique=True, max_size=3))


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


class TestReadSpecs:
    """The associations of a creation (hubspot-api §2.3)."""

    def account(self, *limits: AssociationLimit) -> Account:
        account = Account(SimulatorSettings(association_limits=limits), Clock())
        for name in ("contacts", "companies", "companies", "deals"):
            records = account.records(name)
            records.create(records.allocate_id(), {}, Stamp(iso(0)))
        return account

    def test_where_each_leads_follows_from_its_types(self) -> None:
        account = self.account()
        [company, _], [deal] = (list(account.records(one)) for one in ("companies", "deals"))
        given = [
            {"to": {"id": int(company.id)}, "types": [spec(279)]},
            {"to": {"id": deal.id}, "types": [spec(4)]},
        ]
        for link in read_specs(account, KINDS[0], given):
            link.make(account, "77")
        assert list(account.associations.of(KINDS[0], "77", KINDS[1])) == [company.id]
        assert list(account.associations.of(KINDS[0], "77", KINDS[2])) == [deal.id]

    def test_none_are_none(self) -> None:
        assert read_specs(self.account(), KINDS[0], None) == []
        assert read_specs(self.account(), KINDS[0], []) == []

    def test_a_missing_target_is_404(self) -> None:
        given = [{"to": {"id": "123456789"}, "types": [spec(279)]}]
        with pytest.raises(Refusal) as refusal:
            read_specs(self.account(), KINDS[0], given)
        assert refusal.value.status == 404
        assert refusal.value.body["message"] == "No company with ID 123456789 exists"

    @pytest.mark.parametrize(
        "given",
        [
            {"to": {"id": "1"}},
            [{"to": {"id": "1"}}],
            [{"types": [spec(279)]}],
            [{"to": "1", "types": [spec(279)]}],
            [{"to": {"id": "1"}, "types": [{"associationTypeId": 279}]}],
            [{"to": {"id": "1"}, "types": [spec(279, "NOBODY_DEFINED")]}],
            [{"to": {"id": "1"}, "types": [spec(280)]}],
            [{"to": {"id": "1"}, "types": [spec(279), spec(4)]}],
            [{"to": {"id": "one"}, "types": [spec(279)]}],
        ],
    )
    def test_what_cannot_be_read_is_400(self, given: object) -> None:
        with pytest.raises(Refusal) as refusal:
            read_specs(self.account(), KINDS[0], given)
        assert refusal.value.status == 400

    def test_more_than_an_admin_allows_are_refused(self) -> None:
        account = self.account(AssociationLimit("contacts", "companies", most=1))
        companies = [one.id for one in account.records("companies")]
        given = [{"to": {"id": one}, "types": [spec(279)]} for one in companies]
        assert len(read_specs(account, KINDS[0], given[:1])) == 1
        with pytest.raises(Refusal):
            read_specs(account, KINDS[0], given)
