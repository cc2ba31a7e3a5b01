"""Imports go one way. The contracts are in pyproject.toml, ``[tool.importlinter]``."""

from importlinter.cli import lint_imports


def test_every_import_contract_is_kept() -> None:
    """A broken contract is printed above with the imports that break it."""
    assert lint_imports(no_cache=True) == 0
