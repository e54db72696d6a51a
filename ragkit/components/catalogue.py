"""Where components are found: ``role.name`` is ``ragkit/components/role/name.py``, or an entry point of that name.

Listing the names reads folders and imports nothing; only the components that are asked for are imported.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from importlib import metadata
from pathlib import Path

from ragkit.component import Component, check_class
from ragkit.errors import UsageError, did_you_mean

ENTRY_POINT_GROUP = "ragkit.components"


class Catalogue:
    """The components that pipelines may use."""

    @functools.cached_property
    def _plugins(self) -> dict[str, metadata.EntryPoint]:
        return {point.name: point for point in metadata.entry_points(group=ENTRY_POINT_GROUP)}

    @functools.cached_property
    def _own(self) -> tuple[str, ...]:
        here = Path(__file__).parent
        return tuple(
            sorted(
                f"{role.name}.{file.stem}"
                for role in here.iterdir()
                if role.is_dir() and (role / "__init__.py").is_file()
                for file in role.glob("*.py")
                if not file.stem.startswith("_")
            )
        )

    def names(self) -> tuple[str, ...]:
        """Every ``role.name``, sorted; a plug-in may add names but not replace one of ragkit's."""
        return tuple(sorted({*self._own, *self._plugins}))

    def __contains__(self, use: object) -> bool:
        return use in self._own or use in self._plugins

    def get(self, use: str) -> type[Component]:
        """The class of a component.

        Raises:
            UsageError: No component has this name, or a plug-in's class breaks the contract.
        """
        if use in self._own:
            return _load(use)
        if use in self._plugins:
            return _load_plugin(self._plugins[use])
        raise UsageError(f"unknown component {use!r}{did_you_mean(use, self.names())}")


@functools.cache
def _load(use: str) -> type[Component]:
    role, _, name = use.partition(".")
    module = importlib.import_module(f"ragkit.components.{role}.{name}")
    own = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Component) and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
    ]  # fmt: skip
    if len(own) != 1:
        raise TypeError(f"{module.__name__} must hold one public component class, not {len(own)}")
    check_class(own[0])
    return own[0]


@functools.cache
def _load_plugin(point: metadata.EntryPoint) -> type[Component]:
    loaded = point.load()
    if not (inspect.isclass(loaded) and issubclass(loaded, Component)):
        raise UsageError(f"the plug-in component {point.name!r} ({point.value}) is not a subclass of Component")
    try:
        check_class(loaded)
    except TypeError as error:
        raise UsageError(f"the plug-in component {point.name!r} ({point.value}) cannot be used: {error}") from error
    return loaded
