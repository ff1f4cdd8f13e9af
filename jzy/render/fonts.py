"""The fonts of a PDF: which of those that an office would like are there, and what they hold.

What is wanted is data (``fonts.toml``, which an office may replace section by section), what is
there is asked of Typst, which also sets the text, and whether a font holds a character is asked of
HarfBuzz. A character that no font holds is an error; nothing is ever printed as a box.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import category, name

import typst
import uharfbuzz

from jzy.model.errors import JzyError, WrongEnvironment
from jzy.render.placing import surroundings

SECTIONS = {
    "title": "标题（小标宋）",
    "fangsong": "正文（仿宋）",
    "kai": "楷体",
    "hei": "黑体",
    "song": "宋体",
    "latin": "西文",
}
"""The kinds of type that a paper uses, as :file:`fonts.toml` names them and as people do."""
LATIN, OTHERS = "latin", "others"
BOLD, REGULAR = 700, 400
LATIN_LETTERS = r"[\u{20}-\u{7e}\u{c0}-\u{d6}\u{d8}-\u{f6}\u{f8}-\u{24f}]"
"""As Typst writes regular expressions; ``·`` and ``×`` are as wide as Chinese and stay Chinese."""
PACKAGES = (
    "fonts-noto-cjk、fonts-lxgw-wenkai、fonts-liberation（有 texlive-lang-chinese 则正文用仿宋）"
)

_FILE = "fonts.toml"
_LARGEST = 64 * 1024
_ALSO = (
    "/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol",
    "/usr/share/texmf/fonts/opentype/public/fandol",
)
"""Where TeX keeps Chinese fonts, which systems do not find by themselves."""
_WEIGHTS = {"title": BOLD}
_UNSEEN = ("Cf", "Zs", "Cc")
_SELECTORS = range(0xFE00, 0xFE10)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The families that would do for a kind of type, the best first."""

    fonts: tuple[str, ...]
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a kind of type is set in."""

    section: str
    family: str
    """As Typst knows it."""
    instead: bool
    """Whether it is not a cut of that kind, but stands in for one."""


@dataclass(slots=True)
class Fonts:
    """The fonts of this machine, as far as a paper needs them."""

    wanted: Mapping[str, Wanted]
    loaded: Any
    """What the compiler takes."""
    _families: dict[str, list[Any]] = field(default_factory=dict)
    _held: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, folders: Sequence[Path] = ()) -> Fonts:
        """Look for fonts.

        Args:
            folders: of an office's templates; the first with a ``fonts.toml`` says what is wanted.

        Raises:
            JzyError: that file cannot be used.
        """
        found = _of_this_machine()
        fonts = cls(wanted(folders), found)
        for face in found.fonts():
            if face.style == "normal" and face.path:
                fonts._families.setdefault(face.family.casefold(), []).append(face)
        return fonts

    def choice(self, section: str) -> Choice | None:
        """What a kind of type is set in; nothing where there is no font for it at all.

        Where neither a cut of the kind nor a stand-in is there, any font that holds Chinese is.
        """
        asked = self.wanted[section]
        rest = () if section == LATIN else self.wanted[OTHERS].fonts
        for families, instead in ((asked.fonts, False), (asked.instead, True), (rest, True)):
            for family in families:
                faces = self._families.get(family.casefold())
                if faces and (section == LATIN or self._holds(faces, section, "中")):
                    return Choice(section, faces[0].family, instead)
        return None

    def families(self, texts: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
        """For each kind of type, the families that together hold its texts, in order.

        Args:
            texts: what is printed in each kind of type.

        Raises:
            WrongEnvironment: there is no font for Chinese.
            JzyError: no font holds a character; it is named, with the text around it.
        """
        latin = self.choice(LATIN)
        needed: dict[str, list[str]] = {LATIN: [latin.family] if latin else []}
        for section, said in texts.items():
            kept = list(said)
            first = self.choice(section)
            if first is None:
                raise WrongEnvironment(
                    f"本机没有可用于 PDF 的中文字体：{SECTIONS[section]}",
                    f"请安装字体，例如 Debian 的 {PACKAGES}",
                )
            signs = {sign for sign in set[str]().union(*kept) if _is_seen(sign)}
            if latin:
                signs -= self._held_by(latin, signs)
            chosen = [first.family]
            for family, holds in self._in_line(section):
                signs, before = {sign for sign in signs if ord(sign) not in holds}, signs
                if family not in chosen and signs != before:
                    chosen.append(family)
                if not signs:
                    break
            else:
                raise _lacking(min(signs), kept)
            needed[section] = chosen
        return needed

    def has_bold(self, section: str) -> bool:
        """Whether the font of a kind of type has a bold face of its own."""
        choice = self.choice(section)
        faces = self._families.get(choice.family.casefold(), []) if choice else []
        return any(face.weight > (BOLD + REGULAR) / 2 for face in faces)

    def _held_by(self, latin: Choice, signs: Iterable[str]) -> set[str]:
        holds = self._unicodes(self._families[latin.family.casefold()], REGULAR)
        return {sign for sign in signs if _is_latin(sign) and ord(sign) in holds}

    def _in_line(self, section: str) -> Iterator[tuple[str, Any]]:
        asked = self.wanted[section]
        weight = _WEIGHTS.get(section, REGULAR)
        for family in (*asked.fonts, *asked.instead, *self.wanted[OTHERS].fonts):
            faces = self._families.get(family.casefold())
            if faces:
                yield faces[0].family, self._unicodes(faces, weight)

    def _holds(self, faces: Sequence[Any], section: str, sign: str) -> bool:
        return ord(sign) in self._unicodes(faces, _WEIGHTS.get(section, REGULAR))

    def _unicodes(self, faces: Sequence[Any], weight: int) -> Any:
        """The characters of the face that would be used, as a set of numbers."""
        face = min(faces, key=lambda each: (abs(each.weight - weight), each.path, each.index))
        key = f"{face.index} {face.path}"
        if key not in self._held:
            blob = uharfbuzz.Blob.from_file_path(face.path)
            self._held[key] = uharfbuzz.Face(blob, face.index).unicodes
        return self._held[key]


def _is_seen(sign: str) -> bool:
    return category(sign) not in _UNSEEN and ord(sign) not in _SELECTORS


def _is_latin(sign: str) -> bool:
    return "!" <= sign <= "~" or ("À" <= sign <= "\u024f" and sign not in "×÷")


@lru_cache(maxsize=1)
def _of_this_machine() -> Any:
    """Every font that is installed; looked for once, because it takes as long as a page."""
    return typst.Fonts(
        include_embedded_fonts=False,
        font_paths=[folder for folder in _ALSO if Path(folder).is_dir()],
    )


def _lacking(sign: str, texts: Iterable[str]) -> JzyError:
    around = next(surroundings(text, sign) for text in texts if sign in text)
    called = name(sign, "")
    code = f"U+{ord(sign):04X}" + (f"，{called}" if called and not called.startswith("CJK") else "")
    return JzyError(
        f"没有一种字体有“{sign}”这个字（{code}），它在“{around}”中",
        f"请安装有这个字的字体（例如 Debian 的 {PACKAGES}），或改用别的字；"
        "☑ 可写作 √。也可以写成 Word 文档",
    )


def wanted(folders: Sequence[Path] = ()) -> dict[str, Wanted]:
    """What is wanted: the shipped list, and in place of its sections an office's own.

    Args:
        folders: the first that has a ``fonts.toml`` is the office's.

    Raises:
        JzyError: that file cannot be read or says something else than families.
    """
    sections = _read(Path(__file__).with_name(_FILE))
    for folder in folders:
        own = folder / _FILE
        if own.is_symlink() or own.exists():
            sections |= _read(own)
            break
    return sections


def _read(path: Path) -> dict[str, Wanted]:
    place = f"{path.parent.name}/{path.name}"
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
        raise JzyError(
            "字体清单不是普通文件，或者太大", "请删去它，或照 jzy 自带的重写", where=place
        )
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        # Not its own words: they are English, and tell of the line only.
        line = f"（{error}）" if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise JzyError(
            f"字体清单不是合格的 TOML{line}", "请对照 TOML 的语法改正", where=place
        ) from error
    return {section: _wanted(section, value, place) for section, value in content.items()}


def _wanted(section: str, value: object, place: str) -> Wanted:
    if section not in (*SECTIONS, OTHERS):
        raise JzyError(
            f"字体清单中没有“{section[:40]}”这一节",
            f"可以写：{'、'.join((*SECTIONS, OTHERS))}",
            where=place,
        )
    lists = value if isinstance(value, dict) else {}
    good = value == lists and set(lists) <= {"fonts", "instead"} and lists.get("fonts")
    if not good or not all(_is_names(each) for each in lists.values()):
        raise JzyError(
            f"字体清单的 {section} 一节写得不对",
            '请写作 fonts = ["字体名称", …]，需要时再写 instead = ["代用字体", …]',
            where=place,
        )
    return Wanted(tuple(lists["fonts"]), tuple(lists.get("instead", ())))


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
