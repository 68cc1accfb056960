"""What a connector must declare, said when it is imported and not when it is needed."""

from typing import Any

from app.publishing.delivery import Metrics


def check_declaration(cls: Any, base: Any) -> None:
    """Raise TypeError for a connector that forgot something."""
    for name in ("slug", "label", "channels", "Credentials"):
        if not getattr(cls, name, None):
            raise TypeError(f"{cls.__name__} has no {name}.")
    for name in ("payload", "create", "check"):
        if getattr(cls, name) is getattr(base, name):
            raise TypeError(f"{cls.__name__} has no {name}().")
    for name, field in cls.Credentials.model_fields.items():
        if not field.description:
            raise TypeError(f"{cls.__name__}.Credentials.{name} has no description for its form.")
        if field.is_required() and not field.examples:
            raise TypeError(f"{cls.__name__}.Credentials.{name} has no example for the outbox.")
    unknown = set(cls.measures) - set(Metrics.model_fields)
    if unknown:
        raise TypeError(f"{cls.__name__} measures {', '.join(sorted(unknown))}, which Metrics lacks.")
