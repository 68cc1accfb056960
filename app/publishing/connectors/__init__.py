"""Every platform Slogan can publish to. A connector is here because its file is; nobody lists them."""

import pkgutil
from importlib import import_module

from app.publishing.connector import Connector


def _discover() -> dict[str, type[Connector]]:
    found: dict[str, type[Connector]] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for kind in vars(import_module(module.name)).values():
            if isinstance(kind, type) and issubclass(kind, Connector) and kind.__module__ == module.name:
                found[kind.slug] = kind
    return dict(sorted(found.items()))


CONNECTORS: dict[str, type[Connector]] = _discover()
