"""Who the sandbox plays: accounts and keys, kept in one private file of the data folder.

The sandbox and whoever seeds a center with its credentials read the same file, so either may
come first. Pure: only the standard library and cryptography below it.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from gateway.sandbox.alipay import identity as alipay
from gateway.sandbox.easypay import identity as easypay
from gateway.sandbox.wechat import identity as wechat

FILE_NAME = "identity.json"


@dataclass(frozen=True)
class Identity:
    """One section per simulated channel."""

    wechat: wechat.WechatIdentity
    alipay: alipay.AlipayIdentity
    easypay: easypay.EasypayIdentity


class _Section(Protocol):
    """What each channel's identity module offers."""

    def generate(self) -> Any:
        """A new section, a dataclass."""

    def parse(self, section: dict[str, Any]) -> Any:
        """The section from its JSON."""


_SECTIONS: Mapping[str, _Section] = {
    "wechat": wechat,
    "alipay": alipay,
    "easypay": easypay,
}


def load_or_create(data_dir: Path) -> Identity:
    """The identity kept in ``data_dir``; made once, with the folder 0700 and the file 0600.

    Two programs may call this at the same moment: the second waits, and reads what the first
    wrote. A channel, or a credential, the file does not know yet is added to it.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data_dir / FILE_NAME
    with _sole_use(data_dir):
        known = json.loads(path.read_text()) if path.exists() else {}
        sections = {
            name: section.parse(known[name]) if name in known else section.generate()
            for name, section in _SECTIONS.items()
        }
        document = known | {name: asdict(section) for name, section in sections.items()}
        if document != known:
            _replace(path, document)
    return Identity(**sections)


@contextmanager
def _sole_use(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # which ends the lock, too


def _replace(path: Path, document: dict[str, Any]) -> None:
    """The file appears whole or not at all, even if the program is killed meanwhile."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file, indent=1)
    os.replace(temporary, path)
