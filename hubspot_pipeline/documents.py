"""YAML and JSON as people write them, and the line in which each part of it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class DocumentError(ValueError):
    """A file that is not YAML or JSON; the message names file and, where known, line and column."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read.

    Attributes:
        where: Its name, as messages show it.
        text: What stands in it.
        value: What that means.
        has_shorthand: Whether a bare ``$.traits.email`` in it is a path, not a literal: so in YAML,
            but not in JSON, which may hold a mapping of the original language.
    """

    where: str
    text: str
    value: Any
    has_shorthand: bool

    def at(self, place: str) -> str:
        """Return ``file:line`` of the deepest part of a place, such as ``mapping.email.@if``."""
        return f"{self.where}:{_line(self.text, place)}"


def read_document(file: Path) -> Document:
    """Read a YAML or JSON file.

    A name that ends in ``.json`` means JSON, without shorthand; one in ``.yaml`` or ``.yml`` means
    YAML. Any other name means JSON where the text is JSON, and YAML else.

    Raises:
        DocumentError: It cannot be read, or is neither.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DocumentError(f"{file}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{file}: is not UTF-8 text (byte {error.start}).") from error
    try:
        return _parsed(file, text)
    except RecursionError:
        raise DocumentError(f"{file}: is nested hundreds of levels deep.") from None


def _parsed(file: Path, text: str) -> Document:
    is_yaml = file.suffix.lower() in (".yaml", ".yml")
    try:
        return Document(str(file), text, json.loads(text), has_shorthand=is_yaml)
    except json.JSONDecodeError as error:
        if file.suffix.lower() == ".json":
            place = f"{file}:{error.lineno}:{error.colno}"
            raise DocumentError(f"{place}: {error.msg}.") from error
    try:
        return Document(str(file), text, parse_yaml(text), has_shorthand=True)
    except yaml.YAMLError as error:
        kind = "YAML" if is_yaml else "JSON nor YAML"
        raise DocumentError(f"{file}{_yaml_problem(error, kind)}") from error


def parse_yaml(text: str) -> Any:
    """Parse YAML as destinations and mappings are written; ``yaml.YAMLError`` names the place."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader's subclass


_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """YAML as JSON would have it, more than YAML 1.1 does.

    Timestamps stay text, and ``no`` too: only true and false are booleans. Keys are texts, so ``1``
    is one. Of a key that is written twice, the first would be lost without a word: an error.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build an object, after a look at its keys."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                continue
            key.tag = _TEXT
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' is written twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
        and not (tag == "tag:yaml.org,2002:bool" and first not in "tTfF")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _yaml_problem(error: yaml.YAMLError, kind: str) -> str:
    """Return ``:line:column: is not valid YAML: what is wrong``."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f": is not valid {kind}: {error}"
    mark = error.problem_mark
    return f":{mark.line + 1}:{mark.column + 1}: is not valid {kind}: {error.problem}."


def _line(text: str, place: str) -> int:
    """Return the line of the deepest part of a place that a text has, from 1.

    Parts that the text has not are passed over: a union's choice, what shorthand stands for.
    """
    try:
        # JSON may have tabs between its parts; in YAML's eyes they are no space.
        node = yaml.compose(text.replace("\t", " "), Loader=_Loader)
    except yaml.YAMLError:
        return 1
    line, rest = (node.start_mark.line if node else 0), place
    while rest:
        found = _child(node, rest)
        if found is None:
            rest = rest.partition(".")[2]
        else:
            line, node, rest = found
    return int(line) + 1


def _child(node: yaml.Node | None, place: str) -> tuple[int, yaml.Node, str] | None:
    """Return the line and node of a place's first part, and the rest of the place."""
    if isinstance(node, yaml.MappingNode):
        children = [(key.value, key, child) for key, child in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(str(index), child, child) for index, child in enumerate(node.value)]
    else:
        return None
    fitting = [one for one in children if f"{place}.".startswith(f"{one[0]}.")]
    if not fitting:
        return None
    name, key, child = max(fitting, key=lambda one: len(one[0]))  # a key may hold dots
    return key.start_mark.line, child, place[len(name) + 1 :]
