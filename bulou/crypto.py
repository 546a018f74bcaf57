"""Personal numbers at rest: AES-256-GCM for the value, HMAC-SHA-256 as the blind index to find it by."""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes, NIST SP 800-38D


class FieldKeys:
    """Both keys, derived from BULOU_DATA_KEY so that neither tells the other."""

    def __init__(self, data_key: str) -> None:
        root = bytes.fromhex(data_key)
        self._cipher = AESGCM(hmac.digest(root, b"bulou field encryption 1", hashlib.sha256))
        self._index_key = hmac.digest(root, b"bulou blind index 1", hashlib.sha256)

    def encrypt(self, community_id: str, value: str) -> bytes:
        """Nonce and ciphertext; bound to the community, so that a row copied to another cannot be read there."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, value.encode(), community_id.encode())

    def decrypt(self, community_id: str, value: bytes) -> str:
        """Raises DataKeyWrong where the value was written under another key or for another community."""
        try:
            return self._cipher.decrypt(value[:NONCE], value[NONCE:], community_id.encode()).decode()
        except InvalidTag:
            raise DataKeyWrong("BULOU_DATA_KEY is not the key this database was written with.") from None

    def blind_index(self, community_id: str, value: str) -> bytes:
        """16 bytes, equal for equal values of one community and nothing else."""
        return hmac.digest(self._index_key, f"{community_id}\0{value}".encode(), hashlib.sha256)[:16]


class DataKeyWrong(Exception):
    """The data key does not open what is stored."""


_data_key = ""


def set_data_key(data_key: str) -> None:
    global _data_key
    _data_key = data_key


@lru_cache(maxsize=2)
def _keys_of(data_key: str) -> FieldKeys:
    return FieldKeys(data_key)


def field_keys() -> FieldKeys:
    """The keys of the running program. Set at the start by `app.py`."""
    return _keys_of(_data_key)
