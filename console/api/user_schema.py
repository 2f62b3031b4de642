"""What the API of accounts takes and gives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from console.permission import Role

Word = Annotated[str, Field(max_length=128)]
Some = Annotated[list[Word], Field(max_length=100)]


class User(BaseModel):
    """One account."""

    name: str
    display: str = Field(description="Name of the person.")
    roles: list[str]
    enterprises: list[str] = Field(description="Enterprises it is bound to; none for the whole park.")
    permissions: list[str]
    state: Literal["active", "locked"]
    reason: str = Field(description="Why it is locked.")
    created: str | None
    signed_in: str | None = Field(description="When it signed in last; null for never.")
    signed_in_from: str
    has_second_factor: bool
    version: int = Field(description="Counts the changes: what the ETag says.")


class Users(BaseModel):
    """The accounts; there is one page of them."""

    items: list[User]
    next: None = None


class NewUser(BaseModel):
    """An account to be made."""

    name: Word
    roles: Some
    enterprises: Some = Field(default_factory=list)
    display: Word = ""


class UserChange(BaseModel):
    """What to change; what is left out stays."""

    display: Word | None = None
    roles: Some | None = None
    enterprises: Some | None = None


class Made(BaseModel):
    """An account with the one-time secret that is shown once."""

    user: User
    secret: str = Field(description="Must be changed at first sign-in; empty for machines.")


class Reset(BaseModel):
    """How to reset an account."""

    totp: bool = Field(default=False, description="True takes the second factor away too.")


class Lock(BaseModel):
    """Why to lock an account."""

    reason: str = Field(max_length=512)


class SessionItem(BaseModel):
    """One session."""

    id: str
    began: str | None
    seen: str | None
    origin: str
    agent: str
    is_current: bool = False


class SessionItems(BaseModel):
    """Sessions of an account."""

    items: list[SessionItem]
    next: None = None


class TokenItem(BaseModel):
    """One API token, without its secret."""

    id: str
    name: str
    permissions: list[str] = Field(description="What it may do now.")
    enterprises: list[str] | None = Field(
        description="Enterprises it was granted; null for all that its owner may see."
    )
    created: str | None
    expires: str | None
    used: str | None
    used_from: str


class TokenItems(BaseModel):
    """Tokens of an account."""

    items: list[TokenItem]
    next: None = None


class NewToken(BaseModel):
    """A token to be made."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    permissions: Some = Field(default_factory=list, description="What it may do; none for all that the account may.")
    enterprises: Some | None = Field(None, description="What it may see; null for all that the account may.")
    days: int = Field(0, ge=0, le=366, description="Life in days; 0 for the usual one.")


class MadeToken(BaseModel):
    """A token with its secret, which is shown once."""

    token: TokenItem
    secret: str


class RoleItem(BaseModel):
    """One role."""

    name: Role
    duty: str
    permissions: list[str]


class RoleItems(BaseModel):
    """The roles."""

    items: list[RoleItem]
    next: None = None
