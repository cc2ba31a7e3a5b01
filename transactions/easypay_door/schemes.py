"""The two signatures of a door: those of the EasyPay channel, seen from the other side.

There the center is the merchant, here it is the platform: the application's key verifies what comes
in, the door's own signs what goes out. Who has no door is judged with keys nobody has, so that an
unknown merchant costs and answers the same as a wrong signature.
"""

import secrets
from functools import cache, lru_cache

from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.channels.easypay.signing import KeyPairs, Scheme, SharedKeys
from merchants.models import EasyPayDoor
from paycenter.kernel.certificates import read_private_key, read_public_key
from transactions.models import DoorOrder

_DECOY = SharedKeys((secrets.token_hex(16),))


def scheme_of(door: EasyPayDoor | None, version: str) -> Scheme:
    """Return how a door signs and verifies in a version of the protocol."""
    if version == DoorOrder.Version.V1:
        return SharedKeys((door.unseal("sealed_key"),)) if door else _DECOY
    if door is None:
        return _decoy_pair()
    return _pair(door.unseal("sealed_private_key"), door.merchant_public_key)


@lru_cache(maxsize=256)
def _pair(private_pem: str, public_pem: str) -> KeyPairs:
    """Load the keys; without the application's, nothing it may send verifies."""
    public_keys = (read_public_key(public_pem),) if public_pem else ()
    return KeyPairs(read_private_key(private_pem), public_keys)


@cache
def _decoy_pair() -> KeyPairs:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return KeyPairs(key, (key.public_key(),))
