import hashlib
import hmac

import polars as pl
import pytest

from flow_pipeline.errors import ExitCode, KeyOrPurposeError
from flow_pipeline.pseudonymise import KeyRing
from flow_pipeline.pseudonymise.keys import joined

SECRET = bytes(range(32))
KEYS = KeyRing(SECRET, "purpose-a")


def hashed(keys: KeyRing, use: str, values: list[str | None]) -> list[str | None]:
    frame = pl.DataFrame({"value": values}, schema={"value": pl.String})
    return frame.select(keys.pseudonym(pl.col("value"), use))["value"].to_list()


def test_a_pseudonym_is_hmac_sha_256_under_the_sub_key():
    expected = hmac.new(KEYS.sub_key("name").encode(), b"SMITH", hashlib.sha256).hexdigest()
    assert hashed(KEYS, "name", ["SMITH", None]) == [expected[:32], None]


def test_a_token_is_the_first_64_bits():
    frame = pl.DataFrame({"value": ["SMITH"]})
    token = frame.select(KEYS.token(pl.col("value"), "name")).item()
    digest = hmac.new(KEYS.sub_key("name").encode(), b"SMITH", hashlib.sha256).digest()
    assert token == int.from_bytes(digest[:8], "big", signed=True)


def test_uses_purposes_and_keys_share_nothing():
    other_purpose, other_key = KeyRing(SECRET, "purpose-b"), KeyRing(bytes(32), "purpose-a")
    found = {
        hashed(keys, use, ["SMITH"])[0]
        for keys in (KEYS, other_purpose, other_key)
        for use in ("name", "postcode")
    }
    assert len(found) == 6


def test_a_rotated_key_makes_other_tokens_and_the_same_ids():
    rotated = KeyRing(bytes(range(1, 33)), "purpose-a", KEYS.secret_of_ids)
    again = KeyRing(bytes(range(2, 34)), "purpose-a", rotated.secret_of_ids)
    for keys in (rotated, again):
        for use in ("record", "event", "person", "id:spell"):
            assert keys.sub_key(use) == KEYS.sub_key(use)
        for use in ("nhs_number", "name", "name:pattern", "local_id", "identity", "row"):
            assert keys.sub_key(use) != KEYS.sub_key(use)
        assert keys.ids_key_id == KEYS.ids_key_id
    assert len({keys.key_id for keys in (KEYS, rotated, again)}) == 3
    assert KeyRing(rotated.secret, "purpose-a").key_id != rotated.key_id


def test_the_secret_of_ids_does_not_make_tokens():
    """What a rotated key takes along opens no token, made before or after."""
    ids = KeyRing(KEYS.secret_of_ids, "purpose-a", KEYS.secret_of_ids)
    assert ids.sub_key("nhs_number") != KEYS.sub_key("nhs_number")


def test_the_key_shows_nowhere():
    shown = repr(KEYS) + str(KEYS) + KEYS.key_id
    assert SECRET.hex() not in shown
    assert repr(SECRET) not in shown
    plan = pl.LazyFrame({"value": ["x"]}).select(KEYS.token(pl.col("value"), "name")).explain()
    assert KEYS.sub_key("name") not in plan


def test_key_id_tells_keys_apart_and_stays():
    assert KEYS.key_id == KeyRing(SECRET, "purpose-b").key_id
    assert KEYS.key_id != KeyRing(bytes(32), "purpose-a").key_id


@pytest.mark.parametrize(
    ("secret", "purpose", "ids"),
    [(b"short", "p", None), (SECRET, "", None), (SECRET, "p", b"short")],
)
def test_a_short_key_and_a_missing_purpose_are_refused(secret: bytes, purpose: str, ids: bytes):
    with pytest.raises(KeyOrPurposeError) as refused:
        KeyRing(secret, purpose, ids)
    assert refused.value.exit_code == ExitCode.KEY_OR_PURPOSE
    assert "short" not in str(refused.value).replace("too short", "")


def test_joined_parts_never_run_together():
    frame = pl.DataFrame({"a": ["x", "xy", None], "b": ["yz", "z", "xyz"]})
    assert frame.select(joined(pl.col("a"), pl.col("b")))["a"].n_unique() == 3
