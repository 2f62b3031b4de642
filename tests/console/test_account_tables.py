"""What the ledger keeps of accounts: no secret reaches the audit."""

from __future__ import annotations

from console.account_tables import ACCOUNT, ACCOUNTS, SESSION, TOKEN
from tests.support.accounts import ADMIN, OTHER, PASSWORD, Office
from tests.support.ledgers import list_audit

SECRETS = {"password", "former", "totp", "totp_asked", "totp_step", "recovery", "digest"}


def test_secrets_are_marked() -> None:
    """Every column that holds a hash, a digest or a sealed text is veiled."""
    marked = {
        column.name for table in ACCOUNTS.metadata.tables.values() for column in table.c if column.info.get("secret")
    }
    assert marked == SECRETS


def test_the_audit_holds_no_secret(office: Office) -> None:
    """Neither what people typed nor what is kept of it stands in any row."""
    _, secret = office.accounts.create("wu", ["analyst"], ADMIN)
    office.add("li")
    device, codes = office.enrol("li")
    office.accounts.change_password("li", PASSWORD, OTHER, "10.0.0.7")
    cookie, _ = office.sessions.begin(office.enter("li", OTHER, office.code(device)).account, "10.0.0.7")
    token, _ = office.tokens.issue("li", "script", ["alerts.read"], ADMIN)
    office.accounts.sign_in("hunter2", "hunter3", "123456", "10.0.0.7")
    with office.ledger.reading() as connection:
        kept = {
            str(value)
            for table in (ACCOUNT, SESSION, TOKEN)
            for row in connection.execute(table.select()).mappings()
            for name, value in row.items()
            if name in SECRETS and len(str(value)) > 8
        }
    told = "\n".join(map(str, list_audit(office.ledger)))
    typed = {secret, PASSWORD, OTHER, device.secret, cookie, token, *codes, "hunter2", "hunter3"}
    assert [one for one in typed | kept if one in told] == []
    assert len(kept) >= 6
