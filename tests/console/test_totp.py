"""Codes of the second factor."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.security import SECOND_NS
from console.totp import STEP_S, Match, digest_recovery, make_enrolment, make_recovery, match_code

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}
"""RFC 6238, appendix B, SHA-1: the last six of the eight digits."""


@pytest.mark.parametrize(("time_s", "code"), VECTORS.items())
def test_vectors_of_the_rfc(time_s: int, code: str) -> None:
    """Codes are those of RFC 6238, spaces within do not matter."""
    for told in (code, f"{code[:3]} {code[3:]}"):
        assert match_code(RFC_SECRET, told, time_s * SECOND_NS, 0, (), "li") == Match(time_s // STEP_S)


@pytest.mark.parametrize(("late_s", "is_good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clocks_may_differ_by_a_step(late_s: int, is_good: bool) -> None:
    """One step before and after; the step that is noted is that of the code."""
    now_s = 1_800_000_000
    code = pyotp.TOTP(RFC_SECRET).at(now_s)
    found = match_code(RFC_SECRET, code, (now_s + late_s) * SECOND_NS, 0, (), "li")
    assert found == (Match(now_s // STEP_S) if is_good else Match())


def test_a_code_is_good_once() -> None:
    """Neither its step nor an earlier one is good again, the next one is."""
    now_s = 1_800_000_000
    step = now_s // STEP_S
    for used, is_good in ((step - 1, True), (step, False), (step + 1, False)):
        found = match_code(RFC_SECRET, pyotp.TOTP(RFC_SECRET).at(now_s), now_s * SECOND_NS, used, (), "li")
        assert found.is_good is is_good


def test_without_a_secret_nothing_is_good() -> None:
    """Not even the code of the secret that is used to take the same work."""
    now_s = 1_800_000_000
    code = pyotp.TOTP("A" * 32).at(now_s)
    assert not match_code("", code, now_s * SECOND_NS, 0, (digest_recovery("li", "x"),), "li").is_good
    assert not match_code("", "x", now_s * SECOND_NS, 0, (digest_recovery("li", "x"),), "li").is_good


def test_recovery_codes() -> None:
    """Ten of 80 bits; each is good for its account however it is typed."""
    codes = make_recovery()
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) * 5 == 80 for code in codes)
    digests = [digest_recovery("li", code) for code in codes]
    for told in (codes[3], codes[3].upper(), codes[3].replace("-", " ")):
        assert match_code(RFC_SECRET, told, 0, 0, digests, "li") == Match(recovery=digests[3])
    assert not match_code(RFC_SECRET, codes[3], 0, 0, digests, "wu").is_good


@given(st.text(st.characters(), max_size=40))
def test_any_text_as_a_code(text: str) -> None:
    """It is good or not; digits of other scripts are none."""
    found = match_code(RFC_SECRET, text, 59 * SECOND_NS, 0, ("0" * 64,), "li")
    assert found.is_good is (text.replace(" ", "") in {pyotp.TOTP(RFC_SECRET).at(59 + late) for late in (-30, 0, 30)})


def test_an_enrolment() -> None:
    """The address holds secret, account and site; 160 bits, as RFC 4226, 4 recommends."""
    made = make_enrolment("li", "园区:一")
    parts = urlsplit(made.uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query) == {"secret": [made.secret], "issuer": ["园区 一"]}
    assert len(base64.b32decode(made.secret)) == 20
