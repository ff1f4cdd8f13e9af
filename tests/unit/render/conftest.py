"""Templates and figures to try the render room on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jzy.model.document import Document, Evidence, EvidenceRecord, Meta
from jzy.render.parse import parse_document
from jzy.render.templates import render_text
from jzy.render.trace import Figure, Tracer

NAUGHTY = "<script>alert('甲')</script> & \"乙\" *丙* \\丁 | # `戊` </style>"
SOURCE = """\
::: notice
示例数据
:::

## 进展 {{ naughty }}

### 机制

期间培训{{ people }}人，**办{{ events }}场**。{{ naughty }}

1. 甲
2. 乙 {{ naughty }}

| 项目 | 数量 |
| --- | --: |
| {{ naughty }} | {{ people }} |

结尾。

::: attachments
- 佐证材料目录
:::

::: signature
中共示例学院委员会

2021年4月16日
:::
"""

Run = Callable[..., str]
Make = Callable[..., Document]


def record(number: int, **more: Any) -> EvidenceRecord:
    fields = {
        "kind": "培训",
        "name": f"第{number}期培训",
        "date": "2020-08-25",
        "path": f"records/trainings/2020/trn-{number}.yaml",
        "commit": "abcdef0123456789",
    }
    return EvidenceRecord(f"trn-{number}", **{**fields, **more})


@pytest.fixture
def tracer() -> Tracer:
    return Tracer()


@pytest.fixture
def people(tracer: Tracer) -> Figure:
    return tracer.figure(
        Evidence("indicator-people", "培训人数", "实到人数合计。", 44, "人", (record(1), record(2)))
    )


@pytest.fixture
def events(tracer: Tracer) -> Figure:
    return tracer.figure(
        Evidence("indicator-events", "活动", "场次。", 12, "场", (record(2), record(3)))
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a template's text over a context."""

    def run(source: str, **context: Any) -> str:
        folder = tmp_path / "templates"
        folder.mkdir(exist_ok=True)
        (folder / "try.md.j2").write_text(source, "utf-8")
        return render_text("try.md.j2", [folder], context)

    return run


@pytest.fixture
def make(run: Run, tracer: Tracer) -> Make:
    """A document from a template's text; a title is put before it."""

    def make(source: str, **context: Any) -> Document:
        text = run("# 题目\n\n" + source, **context)
        meta = Meta("示例学院", date(2021, 4, 16), commit="0123456789abcdef")
        return parse_document(text, tracer, meta=meta)

    return make


@pytest.fixture
def document(make: Make, people: Figure, events: Figure) -> Document:
    return make(SOURCE, people=people, events=events, naughty=NAUGHTY)
