"""What is looked for in a record at once is found in each of its texts, and nothing else."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from jzy.model.record import Record
from jzy.model.register import Register
from jzy.rules import personal
from jzy.rules.base import Case
from jzy.store.places import search_path
from jzy.store.schemas import load_kinds

KINDS = load_kinds(search_path(None, "schemas"))
RULES = {
    "身份证号码": personal.identity_numbers,
    "手机号码": personal.mobile_numbers,
    "银行卡号": personal.card_numbers,
    "电子邮箱": personal.mail_addresses,
}
WIDE = {
    ord(narrow): wide
    for narrow, wide in zip("0123456789X@.", "０１２３４５６７８９Ｘ＠．", strict=True)
}
HITS = st.one_of(
    *(
        st.from_regex(pattern, fullmatch=True)
        for pattern in (personal._IDENTITY, personal._MOBILE, personal._CARD, personal._MAIL)
    ),
    # With their check digits, which chance seldom gives.
    st.sampled_from(
        ["11010519491231002X", "4111 1111 1111 1111", "6222-0212-3456-7890-128", "138 0013-8000"]
    ),
    st.text("0123456789Xx @.-年月", max_size=30),
)


@given(HITS, st.booleans(), st.text("甲a1 -。", max_size=4), st.text("甲a1 -。", max_size=4))
def test_no_text_is_passed_over(hit: str, wide: bool, before: str, after: str) -> None:
    text = f"{before}{hit.translate(WIDE) if wide else hit}{after}"
    data = {"title": "甲", "parts": [{"remark": text}], "number": 7}
    record = Record("event", "evt-20210101-aaaa", "records/events/2021/x.yaml", data, "")
    case = Case(Register(KINDS, [record]), date(2021, 4, 16))
    told = [title for title, rule in RULES.items() if list(rule(case, record))]
    assert told == (personal.found_in(text) if len(text) > 4 else [])
