"""Asking a person for a record, property by property, from the schema alone.

Only what is needed is asked: required properties, and those that the schema marks with
``x-jzy-ask``. An answer that the schema would refuse is not taken, with the reason beside it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import questionary
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.keys import Keys
from questionary import Choice
from questionary.prompts.common import InquirerControl

from jzy.cli import screen
from jzy.model.errors import JzyError, WrongUsage
from jzy.model.expression import holds
from jzy.model.kinds import Kind
from jzy.model.record import DataPath
from jzy.office.context import Office
from jzy.office.values import complete, default_of, knowledge_of, value_of
from jzy.rules.schema import Judge

# Some terminals do not answer where the cursor is, and the library says so in English each time.
os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
_YES, _NO = "（Y/n）", "（y/N）"
_SKIPPED = ("follow_up", "sign_offs", "synthetic")


def ask_record(office: Office, kind: Kind, data: dict[str, Any]) -> None:
    """Ask for what a new record needs and does not have yet.

    Args:
        office: the repository.
        kind: the kind.
        data: what is known; each answer is added to it at once, so that nothing typed is lost
            when the person gives up.

    Raises:
        KeyboardInterrupt: the person gave up.
    """
    screen.say(f"新建{kind.title}。直接回车表示不填（必填项除外），Ctrl+C 放弃。")
    _ask_object(office, kind, kind.schema, data, ())


def ask_properties(
    office: Office,
    kind: Kind,
    place: DataPath,
    wanted: Mapping[str, bool],
    data: dict[str, Any],
    offered: Mapping[str, Any],
) -> None:
    """Ask for some properties of one place in a record.

    Args:
        office: the repository.
        kind: the kind.
        place: where the schema describes the place.
        wanted: the properties, each with whether it must be given.
        data: where each answer goes at once.
        offered: what stands there to be confirmed or changed, by name.

    Raises:
        KeyboardInterrupt: the person gave up.
    """
    here = Kind(kind.name, kind.property_schema(place) or {})
    for name, needed in wanted.items():
        schema = here.properties[name]
        answer = _ask(office, here, schema, (name,), needed=needed, offered=offered.get(name))
        if answer is not None:
            data[name] = answer


def _ask_object(
    office: Office, kind: Kind, schema: Mapping[str, Any], given: dict[str, Any], path: DataPath
) -> dict[str, Any]:
    data = given
    required = set(schema.get("required", ()))
    knowledge = knowledge_of(office)
    for name, child in schema.get("properties", {}).items():
        if name in data or (not path and name in _SKIPPED):
            continue
        needed = name in required
        if not needed and not (child.get("x-jzy-ask") and holds(child.get("x-jzy-ask-if"), data)):
            continue
        offered = default_of(child, complete(office, kind, data), knowledge) if not path else None
        answer = _ask(office, kind, child, (*path, name), needed=needed, offered=offered)
        if answer is not None:
            data[name] = answer
    return data


def _ask(
    office: Office,
    kind: Kind,
    schema: Mapping[str, Any],
    path: DataPath,
    *,
    needed: bool,
    offered: Any = None,
) -> Any:
    wanted = schema.get("type")
    title = kind.path_title(path)
    if wanted == "object":
        if not needed and not _confirm(f"填写“{title}”吗？", default=True):
            return None
        return _ask_object(office, kind, schema, {}, path) or None
    if wanted == "array":
        return _ask_list(office, kind, schema, path, needed=needed)
    if wanted == "boolean":
        return _confirm(f"{title}？", default=offered is True)
    references = schema.get("x-jzy-ref")
    if references:
        kinds = [references] if isinstance(references, str) else list(references)
        # Of several people in a record its owner is most likely the one who writes it.
        mine = kind.owner_property in (None, path[-1])
        return _ask_reference(office, kinds, title, needed=needed, mine=mine, offered=offered)
    if schema.get("x-jzy-post") and office.register.posts:
        return _choose(title, [(t, key) for key, t in office.register.posts.items()], needed=needed)
    if "enum" in schema:
        titles = schema.get("x-jzy-titles", {})
        choices = [(str(titles.get(item, item)), item) for item in schema["enum"]]
        return _choose(title, choices, needed=needed, default=offered)
    return _ask_text(office, kind, schema, path, needed=needed, offered=offered)


def _ask_list(
    office: Office, kind: Kind, schema: Mapping[str, Any], path: DataPath, *, needed: bool
) -> list[Any] | None:
    items: list[Any] = []
    title = kind.path_title(path)
    least = max(int(schema.get("minItems", 0)), 1 if needed else 0)
    while len(items) < int(schema.get("maxItems", 100)):
        if len(items) >= least:
            more = "再填一项" if items else "填写"
            if not _confirm(f"{more}“{title}”吗？", default=not items):
                break
        item_schema = schema.get("items", {})
        item = _ask(office, kind, item_schema, (*path, len(items)), needed=True)
        if item is not None:
            items.append(item)
    return items or None


def _ask_reference(
    office: Office,
    kinds: list[str],
    title: str,
    *,
    needed: bool,
    mine: bool = True,
    offered: str | None = None,
) -> str | None:
    records = [record for kind in kinds for record in office.register.of(kind)]
    if not records:
        raise WrongUsage(f"还没有可选的“{title}”", f"请先登记：jzy {kinds[0]} new")
    choices = [
        (f"{office.register.name(record.id)}（{record.id}）", record.id) for record in records
    ]
    likely = offered or (_mine(office, kinds) if mine else None)
    found: str | None = _choose(title, choices, needed=needed, default=likely)
    return found


def _mine(office: Office, kinds: list[str]) -> str | None:
    """What this user most likely means: themselves, or their own unit."""
    try:
        me = office.me
    except JzyError:
        return None
    return {"unit": me.unit, "person": me.id}.get(kinds[0]) if len(kinds) == 1 else None


def _ask_text(
    office: Office,
    kind: Kind,
    schema: Mapping[str, Any],
    path: DataPath,
    *,
    needed: bool,
    offered: Any = None,
) -> Any:
    title = kind.path_title(path)
    name = str(next(part for part in reversed(path) if isinstance(part, str)))
    examples = schema.get("examples") or []
    example = "2021-03-18 14:30" if schema.get("format") == "date-time" else str((*examples, "")[0])
    hint = f"（例如：{_short(example)}）" if example and offered is None else ""
    judge = Judge(Kind("answer", {"properties": {name: dict(schema)}}))

    def read(text: str) -> Any:
        value = value_of(schema, text.strip(), name)
        holder = Kind("answer", {"properties": {name: schema}})
        return complete(office, holder, {name: value})[name]

    def validate(text: str) -> bool | str:
        if not text.strip():
            return "此项必填" if needed else True
        try:
            breaches = judge.breaches({name: read(text)})
        except WrongUsage as error:
            return error.what
        return (
            "，".join(filter(None, (breaches[0].message, breaches[0].advice))) if breaches else True
        )

    multiline = int(schema.get("maxLength", 0)) > 1_000
    answer = _answered(
        questionary.text(
            f"{title}{hint}",
            default="" if offered is None else str(offered),
            validate=validate,
            multiline=multiline,
            qmark="·",
        )
    )
    return read(answer) if answer.strip() else None


def _choose(
    title: str, choices: list[tuple[str, Any]], *, needed: bool, default: Any = None
) -> Any:
    options = [Choice(words, value=value) for words, value in choices]
    if not needed:
        options.insert(0, Choice("（不填）", value=""))
    many = len(options) > 8
    question = questionary.select(
        title,
        choices=options,
        default=next((option for option in options if option.value == default), None),
        qmark="·",
        instruction="（上下键选择，可输入文字筛选）" if many else "（上下键选择）",
        use_search_filter=many,
        use_jk_keys=False,
    )
    if many:
        _filter_by_any_text(question)
    found = _answered(question)
    return found if found != "" else None


def _filter_by_any_text(question: questionary.Question) -> None:
    """Let Chinese filter, too, and let Enter take nothing where nothing fits.

    The library takes ASCII alone; what else is typed it drops, and Enter takes the first of all.
    """
    app = question.application
    control = next(c for c in app.layout.find_all_controls() if isinstance(c, InquirerControl))
    keys = KeyBindings()

    @keys.add(Keys.Any)
    def typed(event: KeyPressEvent) -> None:
        key = event.key_sequence[0].key
        if not isinstance(key, Keys) and key.isprintable():
            control.search_filter = (control.search_filter or "") + key
            control.pointed_at = 0

    @keys.add(Keys.ControlM, eager=True)
    def entered(event: KeyPressEvent) -> None:
        fitting = control.filtered_choices  # finds out anew whether anything fits
        if control.search_filter is None or control.found_in_search:
            control.is_answered = True
            event.app.exit(result=fitting[control.pointed_at].value)

    app.key_bindings = merge_key_bindings([app.key_bindings or KeyBindings(), keys])


def _confirm(words: str, *, default: bool) -> bool:
    return bool(
        _answered(
            questionary.confirm(
                words, default=default, qmark="·", instruction=_YES if default else _NO
            )
        )
    )


def confirm(words: str) -> bool:
    """Ask yes or no; no is the default."""
    return _confirm(words, default=False)


def choose(title: str, choices: list[tuple[str, Any]], default: Any = None) -> Any:
    """Ask for one of several values, each with its words."""
    return _choose(title, choices, needed=True, default=default)


def ask_line(title: str, check: Callable[[str], str] | None = None) -> str:
    """Ask for one line.

    Args:
        title: the question.
        check: says what is wrong with an answer, nothing where it is right; without it any
            answer will do that is not empty.
    """

    def validate(text: str) -> bool | str:
        why = check(text.strip()) if check else ("" if text.strip() else "此项必填")
        return why or True

    return str(_answered(questionary.text(title, qmark="·", validate=validate))).strip()


def _answered(question: questionary.Question) -> Any:
    answer = question.unsafe_ask()
    if answer is None:
        raise KeyboardInterrupt
    return answer


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 24 else line[:23] + "…"
