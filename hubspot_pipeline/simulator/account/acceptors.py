"""What each property takes: by its type, and where its options come from (hubspot-api §3.6)."""

from typing import Any

from hubspot_pipeline.simulator.account import values
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.owners import Owners
from hubspot_pipeline.simulator.account.pipelines import PLACES, Pipelines
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.account.values import Accept
from hubspot_pipeline.simulator.settings import Behaviour


class TypeAcceptors:
    """What the properties of one object type take, before any rule that people set on them."""

    def __init__(
        self, behaviour: Behaviour, kind: ObjectType, owners: Owners, pipelines: Pipelines
    ) -> None:
        self._behaviour = behaviour
        self._kind = kind
        self._owners = owners
        self._pipelines = pipelines
        self._places = PLACES.get(kind.id)

    @property
    def text(self) -> Accept:
        """What takes plain text; the same object every time, unless a switch is thrown."""
        return values.text_acceptor(self._behaviour.too_long_code)

    def of(self, definition: Property, *, normalize_dates: bool) -> Accept:
        """What takes a value of this property; raises `values.Refused`."""
        if definition.read_only:
            return _refuse_read_only(definition.name)
        if definition.name in ("email", "hs_additional_emails"):
            strict = self._behaviour.unknown_domains_refused
            email = values.accept_email(unknown_domains_refused=strict)
            return email if definition.name == "email" else values.accept_emails(email)
        if definition.external_options:
            return self._external(definition)
        return self._of_type(definition, normalize_dates=normalize_dates)

    def _of_type(self, definition: Property, *, normalize_dates: bool) -> Accept:
        match definition.type:
            case "number":
                return values.accept_number(definition.name, self._behaviour.number_code)
            case "bool":
                return values.accept_option(("true", "false"), self._behaviour.bool_code)
            case "enumeration":
                options = definition.option_values
                one_or_many = values.accept_options if definition.multiple else values.accept_option
                return one_or_many(options)
            case "date":
                return values.accept_date(normalize=normalize_dates)
            case "datetime":
                return values.accept_datetime
            case _:
                return self.text

    def _external(self, definition: Property) -> Accept:
        places = self._places
        if places is not None and definition.name == places.pipeline:
            return values.accept_listed(self._pipeline_ids)
        if places is not None and definition.name == places.stage:
            return values.accept_listed(self._stage_ids)
        return values.accept_listed(self._owners.assignable)

    def _pipeline_ids(self) -> list[str]:
        return [one.id for one in self._pipelines.of(self._kind)]

    def _stage_ids(self) -> list[str]:
        return [stage.id for one in self._pipelines.of(self._kind) for stage in one.stages]


def _refuse_read_only(name: str) -> Accept:
    def accept(value: Any) -> str:
        values.text_of(value)
        message = f'"{name}" is a read only property; its value cannot be set.'
        raise values.Refused("READ_ONLY_VALUE", message)

    return accept
