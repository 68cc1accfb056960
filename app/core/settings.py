"""Every setting there is. Nothing else in Slogan reads the environment."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set, by environment variable or in `.env`. None is needed to start."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: str | None = Field(
        None,
        description="PostgreSQL, as the role that owns the tables. Empty: an embedded server in var/postgres.",
    )
    database_app_url: str | None = Field(
        None,
        description="The role that Slogan works as, which must not own the tables. Empty: made at the first start.",
    )
    redis_url: str | None = Field(
        None, description="Redis or Valkey. Empty: an embedded server in var/valkey."
    )
    host: str = Field("127.0.0.1", description="The address that the web server listens on.")
    port: int = Field(
        8000,
        ge=1,
        le=65535,
        description="The port of the web server. A busy one is named, the next free one taken.",
    )
    public_url: str | None = Field(
        None, description="The address that people use, for links in mails. Empty: http://HOST:PORT."
    )
    secure_cookies: bool = Field(False, description="Send cookies over HTTPS only. Set it behind TLS.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="How many proxies in front of Slogan set X-Forwarded-For and -Proto."
    )
    var_dir: Path = Field(
        Path("var"), description="The folder for embedded servers, media, logs and generated keys."
    )
    secret_key: SecretStr | None = Field(
        None, description="Signs sessions; 32 characters or more. Empty: made once and kept in var/keys."
    )
    vault_keys: list[SecretStr] = Field(
        [],
        description="Fernet keys as a JSON list: the first seals, all open. Empty: made once and kept in var/keys.",
    )
    workers: int = Field(
        3,
        ge=1,
        le=64,
        description="How many worker processes `make run` starts: for publishing, rewrites, imports, in turn.",
    )
    web_threads: int = Field(8, ge=1, le=256, description="How many requests the web server answers at once.")
    pool_min: int = Field(
        4, ge=0, le=100, description="Database connections that each process keeps open. Production: 5 to 10."
    )
    pool_max: int = Field(
        10,
        ge=1,
        le=200,
        description="Database connections that each process opens at most. Production: 20 to 100.",
    )
    statement_timeout_ms: int = Field(
        30_000, ge=100, description="A query that takes longer is stopped, in milliseconds."
    )
    private_hosts: list[str] = Field(
        [],
        description="Private addresses that outgoing requests may reach, as a JSON list of host names or addresses.",
    )
    upload_mb: int = Field(50, ge=1, le=2000, description="The largest upload, in megabytes.")
    llm_base_url: str | None = Field(
        None, description="An OpenAI-compatible model server. Empty: the built-in writer."
    )
    llm_api_key: SecretStr | None = Field(None, description="The key of that server, if it wants one.")
    llm_model: str | None = Field(None, description="The model to ask for, by its name on that server.")
    llm_timeout: int = Field(60, ge=1, le=600, description="How long a model may take, in seconds.")
    llm_price_in: float | None = Field(
        None, ge=0, description="What a million tokens sent cost, in US dollars. Empty: cost stays unknown."
    )
    llm_price_out: float | None = Field(
        None,
        ge=0,
        description="What a million tokens received cost, in US dollars. Empty: cost stays unknown.",
    )
    clan_api_url: str = Field(
        "https://clan.com/clan/api", description="The shop API that products come from."
    )
    smtp_host: str | None = Field(
        None, description="The server that takes mails to members. Empty: mails are written to var/mail."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port: 587 for STARTTLS, 465 for TLS.")
    smtp_user: str | None = Field(None, description="The name to sign in there with, if it wants one.")
    smtp_password: SecretStr | None = Field(None, description="The password to sign in there with.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to it is secured: starttls, tls or none."
    )
    mail_from: str = Field("Slogan <slogan@localhost>", description="The sender of mails, as members see it.")
    audit_months: int = Field(84, ge=4, description="How long audit entries are kept, in months.")
    history_months: int = Field(
        24, ge=4, description="How long the publishing log and the figures over time are kept, in months."
    )
    notice_days: int = Field(
        180, ge=7, description="How long notices that are closed, and the mails about them, are kept, in days."
    )
    sign_in_per_minute: int = Field(
        10, ge=1, description="How many sign-ins one address may try in a minute."
    )
    requests_per_minute: int = Field(
        600, ge=10, description="How many API requests one token may make in a minute."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("database_url", "database_app_url")
    @classmethod
    def _postgres(cls, value: str | None) -> str | None:
        if value and not value.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
            raise ValueError("it must begin with postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value and not value.startswith(("redis://", "rediss://", "unix://", "valkey://")):
            raise ValueError("it must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value.get_secret_value()) < 32:
            raise ValueError(
                "it needs 32 characters or more; `python -c 'import secrets; print(secrets.token_hex())'` makes one"
            )
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("it must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()


class BadSettings(SystemExit):
    """A setting is wrong; the message names it and says what to do."""


_overrides: dict[str, Any] = {}


@cache
def settings() -> Settings:
    """The settings of this process, read once. Raise BadSettings naming each wrong one."""
    try:
        return Settings(**_overrides)
    except ValidationError as wrong:
        lines = [
            f"  {'.'.join(str(part) for part in error['loc']).upper()}: {error['msg'].removeprefix('Value error, ')}"
            for error in wrong.errors()
        ]
        raise BadSettings(
            "Slogan did not start. Set these right in the environment or in .env:\n" + "\n".join(lines)
        ) from None


def override(**values: Any) -> Settings:
    """Set values that this process found out by itself, such as the embedded servers' addresses."""
    _overrides.update(values)
    settings.cache_clear()
    return settings()
