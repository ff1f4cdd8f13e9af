"""Plain data to the YAML that people read: block style, schema order, titles as comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from jzy.model.kinds import Kind


class _Dumper(yaml.SafeDumper):
    """PyYAML's emitter with lists indented under their key and long texts as blocks.

    Dates stay unquoted: the reader keeps them as strings, and so does an office's eye.
    """

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


_Dumper.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}
# `on`, `no` and `yes` are plain words in YAML 1.2, and `on` is a fine name for a date.
_Dumper.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
    for first, resolvers in _Dumper.yaml_implicit_resolvers.items()
}
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
# What YAML 1.2 reads as a number though 1.1 does not is quoted as well.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^0o[0-7]+$"), ["0"])


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # Line ends beyond the one that a block has of itself would make the block swallow whatever
    # empty line follows it, so such a text is quoted.
    style = None if "\n" not in value else '"' if value.endswith("\n\n") or value == "\n" else "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """A value as block YAML, lists indented, without a document marker."""
    return yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        width=10_000,
    )


def ordered(schema: Mapping[str, Any], value: Any) -> Any:
    """A value with the properties of its objects in schema order, unknown ones last."""
    if isinstance(value, Mapping):
        known: Mapping[str, Any] = schema.get("properties", {})
        names = [*(name for name in known if name in value), *(n for n in value if n not in known)]
        return {name: ordered(known.get(name, {}), value[name]) for name in names}
    if isinstance(value, list):
        items = schema.get("items", {})
        return [ordered(items, item) for item in value]
    return value


def block(kind: Kind, name: str, value: Any) -> str:
    """One top-level property with its title as a comment above it."""
    title = str(kind.properties.get(name, {}).get("title", name))
    return f"# {title}\n" + dump({name: value})


def new_text(kind: Kind, data: Mapping[str, Any], *, head: Iterable[str] = ()) -> str:
    """The text of a new record: properties in schema order, each under its title.

    Args:
        kind: the kind.
        data: the data; in a Markdown kind ``body`` becomes the text after the front matter.
        head: lines of comment for the top of the file, without ``#``.
    """
    whole = ordered(kind.schema, data)
    body = whole.pop("body", "") if kind.suffix == ".md" else ""
    lines = "".join(f"# {line}\n" for line in head)
    text = lines + "\n".join(block(kind, name, value) for name, value in whole.items())
    if kind.suffix == ".md":
        return f"---\n{text}---\n{body if body.endswith(chr(10)) else body + chr(10)}"
    return text
