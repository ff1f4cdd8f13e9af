"""From a template and its context to Markdown text, see :mod:`jzy.render.sandbox`.

Output depends on nothing but template files and context: no time, no environment, no locale.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

from jinja2 import BaseLoader, TemplateNotFound, TemplateSyntaxError
from jinja2.environment import Environment
from jinja2.exceptions import TemplateError

from jzy.model.errors import JzyError
from jzy.render.budget import Budget, Limits
from jzy.render.escape import clean
from jzy.render.filters import equip
from jzy.render.sandbox import HostFault, Sandbox

Folder = Path | Traversable
_SEGMENT = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]+")
_SUFFIX = ".j2"


class FolderLoader(BaseLoader):
    """Templates from some folders, the first that has a file wins; nothing outside of them."""

    def __init__(self, folders: Sequence[Folder], budget: Budget) -> None:
        self._folders = folders
        self._budget = budget
        self.places: dict[str, str] = {}
        """Template names to what a person calls the file: ``templates/self-check.md.j2``."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The text of a template file.

        Raises:
            JzyError: the name leads out of the folders, or the file cannot be used.
            TemplateNotFound: there is no such file.
        """
        del environment
        segments = template.split("/")
        if not all(_SEGMENT.fullmatch(each) and each.strip(" .") for each in segments):
            raise JzyError(
                f"模板名称“{clean(template)[:100]}”不能使用",
                "模板只能取自模板目录之内，名称中不能有“..”，也不能是绝对路径。",
            )
        for folder in self._folders:
            found = _inside(folder, segments, self._budget.limits.source)
            if found is not None:
                self.places[template] = f"{folder.name}/{template}"
                return self._text(found, self.places[template]), self.places[template], None
        raise TemplateNotFound(template)

    def _text(self, content: bytes, place: str) -> str:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise JzyError("模板文件不是 UTF-8 编码", "请另存为 UTF-8。", where=place) from error
        text = text.replace("\r\n", "\n")
        self._budget.source(len(text))
        # Line by line, for the line's number; jzy's own marks would forge figures.
        for number, line in enumerate(text.split("\n"), 1):
            if clean(line) != line:
                raise JzyError(
                    "模板文件中有看不见的控制字符",
                    "请删去这一行中的控制字符。",
                    where=f"{place}:{number}",
                )
        return text


def _inside(folder: Folder, segments: Sequence[str], longest: int) -> bytes | None:
    found = folder.joinpath(*segments)
    if isinstance(folder, Path) and isinstance(found, Path):
        if not found.is_file():
            return None
        if not found.resolve().is_relative_to(folder.resolve()):
            raise JzyError(
                f"模板“{'/'.join(segments)}”是指向模板目录之外的链接，不能使用",
                "请把文件本身放进模板目录。",
            )
        if found.stat().st_size > 4 * longest:
            raise JzyError(f"模板文件过长：{'/'.join(segments)}", "请把模板拆分或精简。")
    elif not found.is_file():
        return None
    return found.read_bytes()


def available(search_path: Sequence[Folder]) -> list[str]:
    """Names of the templates at the top of the folders, sorted."""
    names = {
        each.name
        for folder in search_path
        if folder.is_dir()
        for each in folder.iterdir()
        if each.name.endswith(_SUFFIX)
    }
    return sorted(names)


def render_text(
    name: str,
    search_path: Sequence[Folder],
    context: Mapping[str, Any],
    *,
    limits: Limits | None = None,
) -> str:
    """Run a template over a context.

    Args:
        name: the template's name below the search path, with ``/``.
        search_path: folders, the first that has the file wins.
        context: what the template may use: texts, whole numbers, dates, lists, mappings,
            dataclasses, :class:`~jzy.render.trace.View`, :class:`~jzy.render.trace.Figure`, and
            functions. Texts are escaped when printed, unless they are
            :class:`~jzy.render.escape.Markdown`.
        limits: how much it may use.

    Returns:
        Markdown with tokens for figures, for :func:`jzy.render.parse.parse_document`.

    Raises:
        JzyError: with the template's file and line: it does not exist, cannot be understood, uses
            what is not defined or not allowed, or does not come to an end.
    """
    budget = Budget(limits or Limits())
    loader = FolderLoader(search_path, budget)
    environment = Sandbox(loader, budget)
    equip(environment)
    try:
        template = environment.get_template(name)
        parts: list[str] = []
        length = 0
        for part in template.root_render_func(template.new_context(dict(context))):
            length += len(part)
            if length > budget.limits.output:
                raise JzyError(f"文稿超过 {budget.limits.output} 个字符，已停止")
            parts.append(part)
    except HostFault as fault:
        assert fault.__cause__ is not None  # noqa: S101 - raised from the fault itself
        raise fault.__cause__ from None
    except TemplateNotFound as error:
        raise _not_found(error, search_path, _place(error.__traceback__)) from error
    except TemplateSyntaxError as error:
        place = loader.places.get(error.name or "", error.name or name)
        raise JzyError(
            f"模板有语法错误：{error.message}",
            "请对照 Jinja2 的语法修改这一行。",
            where=f"{place}:{error.lineno}",
        ) from error
    except JzyError as error:
        error.where = error.where or _place(error.__traceback__) or loader.places.get(name, name)
        raise
    except RecursionError as error:
        raise JzyError(
            "模板层层相套太深，已停止",
            "请检查宏、引用的模板或括号是否没有尽头。",
            where=_place(error.__traceback__) or loader.places.get(name, name),
        ) from error
    except Exception as error:
        # Whatever an expression of the template can raise is the template's own mistake; faults
        # of jzy's functions came as HostFault.
        place = _place(error.__traceback__) or loader.places.get(name, name)
        said = error.message if isinstance(error, TemplateError) else str(error)
        raise JzyError(
            f"模板无法执行：{said or type(error).__name__}",
            "请修改模板的这一行；可能没有的内容请先用 is defined 判断。",
            where=place,
        ) from error
    return "".join(parts)


def _place(trace: TracebackType | None) -> str:
    """The innermost line of a template in a traceback; empty where there is none."""
    place = ""
    for frame, line in walk_tb(trace):
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            place = f"{template.filename}:{template.get_corresponding_lineno(line)}"
    return place


def _not_found(error: TemplateNotFound, folders: Sequence[Folder], place: str) -> JzyError:
    names = available(folders)
    return JzyError(
        f"没有找到模板“{clean(str(error.name))[:100]}”",
        f"可用的模板：{'、'.join(names)}。" if names else "模板目录中还没有模板。",
        where=place,
    )
