"""Words are found whatever their case and width, and told where they stand in the text itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jzy.model.fulltext import fold, leaves, spans, texts_of, words_of

TEXT = st.text(alphabet="ab AB１２12ａｂ网络①ﬁß。é", max_size=30)


def marked(text: str, *words: str) -> str:
    found, at = "", 0
    for start, end in spans(text, words_of(words)):
        found += text[at:start] + "[" + text[start:end] + "]"
        at = end
    return found + text[at:]


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("ＡＩ与网络安全", ["ai"], "[ＡＩ]与网络安全"),
        ("Open AI", ["ＡＩ"], "Open [AI]"),
        ("网络信息安全", ["网络", "信息"], "[网络信息]安全"),
        ("网络网络", ["网络"], "[网络网络]"),
        ("第①期", ["1"], "第[①]期"),
        ("没有", ["网络"], "没有"),
        ("2021-04-16T09:30:00+08:00", ["2021年4月16日"], "[2021-04-16]T09:30:00+08:00"),
        ("2021-04-16", ["2021年4月"], "[2021-04]-16"),
    ],
)
def test_where_words_stand(text: str, words: list[str], wanted: str) -> None:
    assert marked(text, *words) == wanted


@given(TEXT, TEXT)
def test_spans_are_in_order_apart_and_hold_what_was_looked_for(text: str, said: str) -> None:
    words = words_of([said])
    found = spans(text, words)
    ends = [0, *(place for pair in found for place in pair), len(text)]
    assert ends == sorted(ends)
    assert all(any(word in fold(text[start:end]) for word in words) for start, end in found)
    assert bool(found) == any(word in fold(text) for word in words)


def test_what_is_searched_is_what_people_wrote() -> None:
    data = {
        "title": "讲座",
        "count": 40,
        "done": True,
        "sha256": "0123456789abcdef" * 4,
        "digest": "sha256:" + "0123456789abcdef" * 4,
        "keys": [{"key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUW"}],
        "speakers": [{"name": "某某"}],
    }
    found = dict(leaves(data))
    assert found == {("title",): "讲座", ("count",): "40", ("speakers", 0, "name"): "某某"}
    assert set(found.values()) <= set(texts_of(data, []))
