"""What each directive takes: which of its arguments are values, and which are text by nature."""

from __future__ import annotations

from dataclasses import dataclass

from hubspot_pipeline.mapping.directives.replace import LONGEST
from hubspot_pipeline.mapping.liquid import LONGEST_TEMPLATE


@dataclass(frozen=True, slots=True)
class Value:
    """Any value: a literal, a directive, lists and objects of them."""


@dataclass(frozen=True, slots=True)
class TextOrDirective:
    """A literal text or a directive, and nothing else."""


@dataclass(frozen=True, slots=True)
class ObjectOrDirective:
    """An object of values, or a directive."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object of values, or a directive; any other value is as if left out."""


@dataclass(frozen=True, slots=True)
class Values:
    """A list of values."""


@dataclass(frozen=True, slots=True)
class AsWritten:
    """A value in which every text is a literal."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text by nature: never a literal that something is done with.

    Attributes:
        shortest: How many characters it has at least.
        longest: How many at most; None for any number.
        or_directive: Whether a directive may make it.
    """

    shortest: int = 0
    longest: int | None = None
    or_directive: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """One of some words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false; null is as if left out."""


@dataclass(frozen=True, slots=True)
class Places:
    """A list of one argument a place; all but the first may be left out."""

    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """An object of named arguments.

    Attributes:
        arguments: Each by its name.
        needed: Those that must be there.
        needed_one_of: Those of which one must be there.
    """

    arguments: dict[str, Argument]
    needed: tuple[str, ...] = ()
    needed_one_of: tuple[str, ...] = ()


Argument = (
    Value
    | TextOrDirective
    | ObjectOrDirective
    | Shape
    | Values
    | AsWritten
    | Text
    | Word
    | Flag
    | Places
    | Options
)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a directive yields, in a sentence, and what it takes."""

    yields: str
    argument: Argument


GRAMMAR: dict[str, Signature] = {
    "@path": Signature(
        "The value at a path of the event; nothing where there is none.", Text(or_directive=True)
    ),
    "@template": Signature(
        "Text with the values of `{{paths}}` printed in it.", Text(or_directive=True)
    ),
    "@literal": Signature("The value as it stands; directives inside it do run.", AsWritten()),
    "@if": Signature(
        "`then` or `else`, by whether a value exists, or is more than blank.",
        Options(
            {"exists": Value(), "blank": Value(), "then": Value(), "else": Value()},
            needed_one_of=("exists", "blank"),
        ),
    ),
    "@case": Signature(
        "A text in lower or upper case; any other value passes through.",
        Options({"operator": Word(("lower", "upper")), "value": TextOrDirective()}, ("operator",)),
    ),
    "@replace": Signature(
        "A text with one or two literal patterns replaced in it.",
        Options(
            {
                "pattern": Text(1, LONGEST),
                "replacement": Text(0, LONGEST),
                "pattern2": Text(0, LONGEST),
                "replacement2": Text(0, LONGEST),
                "value": TextOrDirective(),
                "global": Flag(),
                "ignorecase": Flag(),
            },
            ("pattern",),
        ),
    ),
    "@arrayPath": Signature(
        "The items of a list, each brought into a shape.",
        Places((Text(or_directive=True), Shape())),
    ),
    "@json": Signature(
        "A value as JSON text, or the value that a JSON text stands for.",
        Options({"mode": Word(("encode", "decode")), "value": Value()}, ("mode", "value")),
    ),
    "@flatten": Signature(
        "The leaves of an object, under joined keys.",
        Options(
            {"value": Value(), "separator": Text(1), "omitArrays": Flag()}, ("value", "separator")
        ),
    ),
    "@merge": Signature(
        "Objects laid over each other; with `right` the later one wins.",
        Options(
            {"objects": Values(), "direction": Word(("left", "right"))}, ("objects", "direction")
        ),
    ),
    "@transform": Signature(
        "A mapping of what another mapping has made of the event.",
        Options({"apply": ObjectOrDirective(), "mapping": Value()}, ("apply", "mapping")),
    ),
    "@excludeWhenNull": Signature(
        "The value without nulls; nothing where it is null itself.", Value()
    ),
    "@liquid": Signature(
        "Text that a Liquid template makes of the event.", Text(0, LONGEST_TEMPLATE)
    ),
}
"""Every directive of the language by its name."""
