"""``jzy KIND new | edit``: writing a record of any kind, by its schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from jzy.cli import saving, screen, showing
from jzy.cli.commands import Application, Argument, Ended, JsonOption, Option, command
from jzy.cli.helptext import columns, rows
from jzy.model.chain import replay
from jzy.model.errors import Refused, WrongEnvironment, WrongUsage
from jzy.model.expression import BadExpression
from jzy.model.kinds import Kind
from jzy.model.workflow import workflows_for
from jzy.office import create, values
from jzy.office.context import Office

SetOption = Annotated[
    list[str] | None,
    Option(
        "--set",
        metavar="属性=值",
        help="填写一个属性，可多次使用，如 --set headcount.on_campus=80。",
    ),
]
IdArgument = Annotated[str, Argument(metavar="编号", help="记录的编号。")]


def _properties_help(kind: Kind) -> str:
    found = [
        (f"{name}{' *' if name in kind.required else ''}", str(schema.get("title", "")))
        for name, schema in kind.properties.items()
        if name not in ("sign_offs", "follow_up")
    ]
    return "\n".join(["可填的属性（* 必填）", *rows(found, columns())])


def add_new(found: Application, kind: Kind) -> None:
    """Give an application the command that makes a record of a kind."""

    @command(
        found,
        "new",
        f"新建{kind.title}。在终端上逐项询问，也可用选项直接填写。",
        epilog=_properties_help(kind),
    )
    def new(
        given: SetOption = None,
        source: Annotated[
            str | None,
            Option("--from", metavar="文件", help="从 YAML、JSON 或 Markdown 文件读取内容。"),
        ] = None,
        edit: Annotated[bool, Option("--edit", help="在编辑器中填写。")] = False,
        slug: Annotated[
            str | None,
            Option("--id", metavar="编号", help="登记类记录的编号后半部分，如 xuanchuanbu。"),
        ] = None,
        no_commit: Annotated[bool, Option("--no-commit", help="只写文件，不提交。")] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Create a record."""
        office = Office.at(Path.cwd())
        data = values.read_file(kind, source) if source else {}
        data = values.merged(data, values.assignments(kind, given or []))
        if edit:
            data = _edited(kind, data)
        known = values.with_defaults(office, kind, data)
        missing = [name for name in kind.required if name not in known]
        asked = any(name not in data for name in kind.required) and screen.interactive()
        if (missing or asked) and not edit:
            if not screen.interactive() or as_json:
                options = " ".join(f"--set {name}=…" for name in missing)
                raise WrongUsage(
                    f"缺少必填的属性：{_named(kind, missing)}", f"请补上 {options}，或在终端上运行"
                )
            from jzy.cli.asking import ask_record  # noqa: PLC0415 - loads a prompt library

            try:
                ask_record(office, kind, data)
            except KeyboardInterrupt:
                _keep(office, kind, data, typed=bool(data))
                raise
        try:
            made = create.draft(office, kind, data, slug=slug)
        except create.Unsound as error:
            saving.show_findings(error, as_json=as_json)
            _keep(office, kind, data, typed=screen.interactive() and not source)
            raise Ended(1) from error
        saved = create.write(office, made, commit=not no_commit)
        if not as_json:
            _warn_schema(office, kind)
        following = _next_step(office, kind, made.id, saved)
        if as_json:
            result = {"ok": True, "id": made.id, "path": made.path, "commit": saved.commit}
            screen.data({**result, "next": following})
            return
        screen.out(made.path)
        screen.done(f"已新建{kind.title} {made.id}{saving.committed(saved)}", following)


def _named(kind: Kind, names: list[str]) -> str:
    return "、".join(f"{kind.path_title((name,))}（{name}）" for name in names)


def add_edit(found: Application, kind: Kind) -> None:
    """Give an application the command that changes a record of a kind."""

    @command(
        found,
        "edit",
        f"修改{kind.title}：用 --set 直接修改，否则打开编辑器；保存手工改动也用它。",
    )
    def edit(record_id: IdArgument, given: SetOption = None, as_json: JsonOption = False) -> None:
        """Edit a record; comments and order are kept."""
        office = Office.at(Path.cwd())
        record = saving.of_kind(office, kind, record_id)
        try:
            if given:
                text = create.edited(office, record, values.assignments(kind, given))
            else:
                text = record.text
                if screen.interactive() and record.path not in office.repository.status():
                    text = _editor(record.text, kind.suffix)
                create.check_edit(office, record, text)
        except create.Unsound as error:
            saving.show_findings(error, as_json=as_json)
            raise Ended(1) from error
        if text == record.text and record.path not in office.repository.status():
            raise Refused(
                "没有改动", f"请用 --set 属性=值 修改 {record.id}，或先在编辑器中修改文件"
            )
        saved = create.save(office, record, text)
        now = office.register.get(record.id)
        progress = replay(office.register, now) if now is not None and now.sign_offs else None
        if as_json:
            result = {"ok": True, "id": record.id, "path": record.path, "commit": saved.commit}
            held = showing.standing_data(office.register, progress) if progress else None
            screen.data({**result, "standing": held})
            return
        following = showing.after_change(office.register, progress) if progress else ""
        following = following or _next_step(office, kind, record.id, saved)
        screen.done(f"已保存 {record.path}{saving.committed(saved)}", following)


def _warn_schema(office: Office, kind: Kind) -> None:
    """A record whose schema is in no commit cannot be read in a clone."""
    own = [Path(name) for name in (kind.source, kind.overlay) if name]
    own = [path for path in own if path.is_relative_to(office.root)]
    if not own:
        return
    try:
        changed = office.repository.status()
    except WrongEnvironment:
        return
    for path in (each.relative_to(office.root).as_posix() for each in own):
        if path in changed:
            screen.say(f"! {path} 尚未提交，别处取得的仓库将不认识这类记录", "warning")


def _next_step(office: Office, kind: Kind, record_id: str, saved: create.Saved) -> str:
    record = office.register.get(record_id)
    if record is not None:
        try:
            if workflows_for(office.register, record):
                return f"jzy submit {record_id}（报送审批）"
        except BadExpression:
            pass
    if saved.commit is None and saved.why:
        return f"用 git 提交 {record.path if record else record_id}"
    return f"jzy {kind.name} show {record_id}（查看）"


def _keep(office: Office, kind: Kind, data: dict[str, Any], *, typed: bool) -> None:
    """What a person typed is never lost: it goes to a file that ``--from`` takes back."""
    if not typed:
        return
    from jzy.store.dumping import new_text  # noqa: PLC0415

    folder = office.repository.folder / "jzy" / "drafts"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind.name}{kind.suffix}"
    path.write_text(new_text(kind, data), "utf-8")
    screen.say(f"  您填写的内容保存在 {path}，改正后可用 jzy {kind.name} new --from {path} 再试")


def _edited(kind: Kind, data: dict[str, Any]) -> dict[str, Any]:
    from jzy.store.dumping import new_text  # noqa: PLC0415
    from jzy.store.records import read_record  # noqa: PLC0415

    blank = {**{name: "" for name in kind.required if name not in data}, **data}
    reading = read_record(kind, _editor(new_text(kind, blank), kind.suffix))
    if reading.problems:
        first = reading.problems[0]
        raise Refused(f"第 {first.line} 行：{first.message}", first.advice)
    return {name: value for name, value in reading.data.items() if value not in ("", None)}


def _editor(text: str, suffix: str) -> str:
    import click  # noqa: PLC0415

    if not screen.interactive():
        raise WrongUsage("这里不是终端，无法打开编辑器", "请用 --set 属性=值 修改")
    try:
        changed = click.edit(text, extension=suffix)
    except click.ClickException as error:
        raise Refused("编辑器没有正常结束，没有改动", "请检查环境变量 EDITOR 的设置") from error
    if changed is None:
        raise Refused("没有改动", "在编辑器中修改并保存后再退出")
    return changed
