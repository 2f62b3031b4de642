"""Passwords: hashing, and what is wrong with new ones."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import console.password
from console.password import FAULTS, BusyError, Hasher, PasswordError, find_faults, make_secret, normalise
from console.security import Security
from tests.support.accounts import CHEAP, OTHER, PASSWORD


def test_hashes_are_argon2id_of_the_settings() -> None:
    """The parameters stand in the hash, and salt makes two hashes of one password differ."""
    hasher = Hasher(replace(CHEAP, argon2_memory_kib=64, argon2_passes=2, argon2_lanes=2))
    first, second = hasher.hash(PASSWORD), hasher.hash(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=64,t=2,p=2$")
    assert first != second
    assert hasher.verify(first, PASSWORD)
    assert not hasher.verify(first, PASSWORD + " ")


def test_hashes_of_other_parameters() -> None:
    """They verify, and are told to be outdated."""
    old, new = Hasher(CHEAP), Hasher(replace(CHEAP, argon2_passes=2))
    stored = old.hash(PASSWORD)
    assert new.verify(stored, PASSWORD)
    assert new.is_outdated(stored)
    assert not old.is_outdated(stored)


def test_nobodys_hash_costs_what_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the parameters of the settings, and no password."""
    hasher = Hasher(CHEAP)
    assert not hasher.is_outdated(hasher._nobody)
    assert len(hasher._nobody) == len(hasher.hash(PASSWORD))
    verified: list[str] = []
    monkeypatch.setattr(Hasher, "verify", lambda _, stored, __: verified.append(stored))
    hasher.verify_nobody(PASSWORD)
    assert verified == [hasher._nobody]


def test_one_password_from_two_keyboards() -> None:
    """Full-width and composed characters are the same as plain ones (NFKC)."""
    hasher = Hasher(CHEAP)
    assert hasher.verify(hasher.hash("\uff50\uff41\uff53\uff53 é"), "pass e\u0301")


@settings(max_examples=60)
@given(st.text(st.characters(), max_size=200))
def test_any_text_can_be_tried(text: str) -> None:
    """Lone surrogates, NUL and too long ones are wrong or right, never an error; what is right verifies."""
    hasher = Hasher(CHEAP)
    assert not hasher.verify("no hash", text)
    assert hasher.verify(hasher.hash(text), text)
    assert set(find_faults(text, CHEAP)) <= set(FAULTS)


def test_a_crowd_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more passwords are hashed at once than memory was set aside for."""
    monkeypatch.setattr(console.password, "WAIT_S", 0.01)
    hasher = Hasher(replace(CHEAP, hashes_at_once=1))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with hasher._place():
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with pytest.raises(BusyError, match="too many sign-ins"):
        hasher.hash(PASSWORD)
    done.set()
    thread.join()
    assert hasher.verify(hasher.hash(PASSWORD), PASSWORD)


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        (PASSWORD, ()),
        (OTHER, ()),
        ("望楼阁外 97 steps of stone", ("name",)),
        ("云起水面 97 steps of stone", ()),
        ("Kx9#", ("short", "guessable")),
        ("correct horse battery staple", ("kinds",)),
        ("li-lei-3-Herons & 2 reeds", ("name",)),
        ("Password12345678!", ("guessable",)),
        ("Qwer1234!@#$Asdf", ("guessable",)),
        ("Huawei@123Huawei", ("guessable",)),
        ("Aa1!Aa1!Aa1!Aa1!", ("guessable",)),
        ("P@ssw0rd20261121", ("guessable",)),
        ("Wanglou@2026#Park", ("name",)),
        ("a\tTall-Crane 47 over", ("unprintable",)),
        ("x" * 129, ("long",)),
        ("", ("short", "kinds", "guessable")),
    ],
)
def test_rules(password: str, faults: tuple[str, ...]) -> None:
    """Each fault is found, and all of them at once."""
    assert find_faults(password, CHEAP, ("li-lei", "Li Lei")) == faults


def test_rules_by_settings() -> None:
    """Length and kinds are what the settings say; none of them may be asked for."""
    relaxed = replace(CHEAP, password_least=8, password_kinds=0)
    assert find_faults("heron over reeds by dusk", relaxed) == ()
    assert find_faults("heron over reeds by dusk", CHEAP) == ("kinds",)


def test_every_fault_is_told() -> None:
    """The message says what is wrong with the numbers of the settings."""
    told = str(PasswordError(FAULTS, Security()))
    assert "less than 15 characters" in told
    assert "needs 3 of small letters" in told
    assert told.count(";") == len(FAULTS) - 1


def test_one_time_secrets() -> None:
    """They can be read from paper, and no two are alike."""
    made = {make_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == 29 and not set(one) & set("01ilo ") for one in made)
    assert all(normalise(one) == one for one in made)
