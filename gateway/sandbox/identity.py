"""Who the sandbox plays: accounts and keys, kept in one private file of the data folder.

The sandbox and whoever seeds a center with its credentials read the same file, so either may
come first. Pure: only the standard library and cryptography below it.
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateway.sandbox.wechat import identity as wechat

FILE_NAME = "identity.json"


@dataclass(frozen=True)
class Identity:
    """One section per simulated channel."""

    wechat: wechat.WechatIdentity


def load_or_create(data_dir: Path) -> Identity:
    """The identity kept in ``data_dir``; made once, with the folder 0700 and the file 0600.

    Two programs may call this at the same moment: the file appears whole or not at all, and the
    one that comes second reads what the first wrote.
    """
    path = data_dir / FILE_NAME
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, Identity(wechat=wechat.generate()))
    return _parse(json.loads(path.read_text()))


def _write_once(path: Path, identity: Identity) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(identity), file, indent=1)
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        os.unlink(temporary)


def _parse(document: dict[str, Any]) -> Identity:
    section = document["wechat"]
    return Identity(
        wechat=wechat.WechatIdentity(
            merchant=wechat.WechatMerchant(**section["merchant"]),
            service_provider=wechat.WechatMerchant(**section["service_provider"]),
            platform_certificate_pem=section["platform_certificate_pem"],
            platform_private_key_pem=section["platform_private_key_pem"],
        )
    )
