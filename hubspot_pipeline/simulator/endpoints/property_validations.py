"""The property validations API: rules that values are held to (hubspot-api §1.2, §3.6)."""

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.properties import Properties, Property
from hubspot_pipeline.simulator.account.validation_rules import TYPES, ValidationRule
from hubspot_pipeline.simulator.answers import Answer, validation_error
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.endpoints.missing import no_such
from hubspot_pipeline.simulator.endpoints.property_shapes import read_text, readable
from hubspot_pipeline.simulator.endpoints.shown import Shown


def list_all(account: Account, call: Call) -> Answer:
    """All properties of an object type that have rules, with them."""
    properties = _properties(account, call)
    results = [
        {"propertyName": name, "propertyValidationRules": [_shown(one) for one in rules.values()]}
        for name, rules in properties.rules.by_property.items()
        if name in properties.defined
    ]
    return Answer(200, {"results": results})


def read(account: Account, call: Call) -> Answer:
    """The rules of one property."""
    rules = _rules(account, call)
    return Answer(200, {"results": [_shown(one) for one in rules.values()]})


def read_rule(account: Account, call: Call) -> Answer:
    """The rule of one type that a property has."""
    type_ = call.parameters["rule_type"]
    found = _rules(account, call).get(type_)
    if found is None:
        raise no_such(f"Property '{call.parameters['property_name']}' has no rule {type_}.")
    return Answer(200, _shown(found))


def put_rule(account: Account, call: Call) -> Answer:
    """Set a rule; one of its type is overwritten, those of other types stay."""
    properties = _properties(account, call)
    found, type_ = _find(properties, call), call.parameters["rule_type"]
    body = readable(call.json())
    arguments = body.get("ruleArguments")
    if arguments is None:
        raise call.incomplete("PublicPropertyValidationRuleUpdate", ["ruleArguments"])
    if type(arguments) is not list:
        raise call.mismatch("java.util.ArrayList", ("ruleArguments",))
    if type_ not in TYPES.get(found.type, ()):
        raise validation_error(f"A property of type {found.type} cannot have the rule {type_}")
    texts = tuple(read_text(one, "ruleArguments", at) for at, one in enumerate(arguments))
    try:
        properties.rules.put(
            found.name, ValidationRule(type_, texts, body.get("shouldApplyNormalization"))
        )
    except ValueError as error:
        raise validation_error(str(error)) from None
    properties.changed()
    return Answer(204)


def _rules(account: Account, call: Call) -> dict[str, ValidationRule]:
    properties = _properties(account, call)
    return properties.rules.by_property.get(_find(properties, call).name, {})


def _properties(account: Account, call: Call) -> Properties:
    return account.properties(account.types.find(call.parameters["object_type"]))


def _find(properties: Properties, call: Call) -> Property:
    name = call.parameters["property_name"]
    found = properties.find(name, call.now)
    if found is None:
        raise no_such(f"Property '{name}' does not exist.")
    return found


def _shown(rule: ValidationRule) -> Shown:
    shown: Shown = {"ruleType": rule.type, "ruleArguments": list(rule.arguments)}
    if rule.normalize is not None:
        shown["shouldApplyNormalization"] = rule.normalize
    return shown
