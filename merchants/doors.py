"""Opening an EasyPay door for an application, and the keys that go with it."""

import secrets
import string

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from merchants.models import Application, EasyPayDoor
from paycenter.kernel.certificates import read_private_key

FIRST_PID = 1000
KEY_LENGTH = 32
_KEY_CHARACTERS = string.ascii_letters + string.digits


def open_door(application: Application, **accounts: object) -> tuple[EasyPayDoor, str]:
    """Give an application a door of its own; returns it with its V1 key, shown this once.

    ``accounts``: ``wxpay_account``, ``alipay_account``, as far as they are known already.
    """
    door = EasyPayDoor(application=application, **accounts)
    key = _new_key()
    door.seal("sealed_key", key).seal("sealed_private_key", _new_private_key())
    door.pid = FIRST_PID - 1 + door.pk
    door.save(force_insert=True)
    return door, key


def rotate_key(door: EasyPayDoor) -> str:
    """Replace the V1 key and return the new one; the former one counts no more."""
    key = _new_key()
    door.seal("sealed_key", key).save(update_fields=["sealed_key"])
    return key


def platform_public_key(door: EasyPayDoor) -> str:
    """Return, as PEM, the key by which the application verifies what the door says in V2."""
    key = read_private_key(door.unseal("sealed_private_key")).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip()


def _new_key() -> str:
    return "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(KEY_LENGTH))


def _new_private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode().strip()
