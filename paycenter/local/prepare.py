"""Bring database, static files and the demo data up to date: one Django start for all of it.

Runs in the center's environment (the launcher itself never imports Django) and leaves what the
launcher wants to know, the sandbox credentials, in the file its argument names.
"""

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def main(credentials: Path) -> None:
    """Migrate, collect static files, make the demo company, and write its credentials down."""
    django.setup()
    call_command("migrate", interactive=False)
    _collect_static_files()
    call_command("seed_sandbox")
    descriptor = os.open(credentials, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        call_command("sandbox", "credentials", "--json", stdout=file)


def _collect_static_files() -> None:
    """Collect them unless nothing changed: compressing them again takes seconds."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = _fingerprint()
    if not stamp.exists() or stamp.read_text() != fingerprint:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(fingerprint)


def _fingerprint() -> str:
    """Return a hash that changes with the name, the size or the time of any static file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = Path(storage.path(path)).stat()
            digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
