"""How a path may call an object type (hubspot-api §2.1)."""

import httpx
import pytest

from hubspot_pipeline.simulator.account.object_types import (
    CONTACTS,
    STANDARD_TYPES,
    ObjectType,
    ObjectTypes,
)
from hubspot_pipeline.simulator.answers import Refusal
from hubspot_pipeline.simulator.clock import NANOSECONDS, Clock
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, without_id

CARS = ObjectType(
    "2-7", "p12345678_Cars", "Cars", "custom",
    short_name="p_Cars", labels=("Car", "Cars"), custom=True,
)  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.freeze()
    return clock


@pytest.fixture
def types(clock: Clock) -> ObjectTypes:
    return ObjectTypes(clock)


class TestStandardTypes:
    @pytest.mark.parametrize("kind", STANDARD_TYPES, ids=lambda kind: kind.name)
    def test_are_found_by_id_plural_and_singular_in_any_case(
        self, types: ObjectTypes, kind: ObjectType
    ) -> None:
        for name in (kind.id, kind.name, kind.singular):
            assert types.find(name) is kind
            assert types.find(name.upper()) is kind

    def test_have_labels_that_people_read(self) -> None:
        labels = {kind.name: kind.labels for kind in STANDARD_TYPES}
        assert labels["companies"] == ("Company", "Companies")
        assert labels["line_items"] == ("Line item", "Line items")

    def test_an_unknown_one_is_400_without_a_category(
        self,
        hubspot: httpx.Client,
        simulator: SimulatorServer,  # noqa: ARG002 - begins the account
    ) -> None:
        answer = hubspot.get("/crm/v3/objects/butterflies")
        assert answer.status_code == 400
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "Unable to infer object type from: butterflies",
        }


class TestCustomTypes:
    @pytest.mark.parametrize("name", ["2-7", "p12345678_Cars", "P12345678_CARS", "p_cars"])
    def test_are_found_by_id_full_name_and_short_name(self, types: ObjectTypes, name: str) -> None:
        types.add(CARS)
        assert types.find(name) == CARS

    @pytest.mark.parametrize("name", ["Cars", "cars", "Car", "p_", "p99_Cars"])
    def test_are_not_found_by_their_bare_base_name(self, types: ObjectTypes, name: str) -> None:
        types.add(CARS)
        with pytest.raises(Refusal):
            types.find(name)

    def test_are_found_once_they_are_visible(self, types: ObjectTypes, clock: Clock) -> None:
        types.add(CARS, clock.now() + NANOSECONDS)
        with pytest.raises(Refusal):
            types.find("2-7")
        assert types.by_id("2-7") == CARS
        assert not types.is_visible(CARS)
        clock.advance(1)
        assert types.find("2-7") == CARS
        assert types.is_visible(CARS)

    def test_stay_hidden_when_changed_before(self, types: ObjectTypes, clock: Clock) -> None:
        types.add(CARS, clock.now() + NANOSECONDS)
        types.add(CARS)
        with pytest.raises(Refusal):
            types.find("2-7")

    def test_change_in_place(self, types: ObjectTypes) -> None:
        types.add(CARS)
        changed = ObjectType("2-7", CARS.name, CARS.singular, "custom", custom=True)
        types.add(changed)
        assert types.find("2-7") is changed
        assert changed == CARS
        assert len(types.all) == len(STANDARD_TYPES) + 1

    def test_go_away(self, types: ObjectTypes) -> None:
        types.add(CARS)
        types.remove(CARS)
        with pytest.raises(Refusal):
            types.find("p_cars")
        assert types.find("contacts") is CONTACTS

    @pytest.mark.parametrize(
        ("short_name", "path", "status"),
        [("p_{name}", "p_cars", 200), ("", "p_cars", 400), ("{name}", "cars", 200)],
    )
    def test_have_the_short_name_that_the_switch_says(
        self, begin: Begin, hubspot: httpx.Client, short_name: str, path: str, status: int
    ) -> None:
        begin(custom_type_short_name=short_name, definition_lag_seconds=0)
        hubspot.post(
            "/crm-object-schemas/v3/schemas",
            json={
                "name": "cars",
                "labels": {"singular": "Car", "plural": "Cars"},
                "properties": [],
                "requiredProperties": [],
                "associatedObjects": [],
            },
        )
        assert hubspot.get(f"/crm/v3/objects/{path}").status_code == status
