"""``flow-pipeline keys rotate``: a new key for tokens, in place of the one in use."""

from pathlib import Path
from typing import NamedTuple

from flow_pipeline.config import load_economy
from flow_pipeline.errors import KeyOrPurposeError
from flow_pipeline.governance.key_file import read_key, rotate_key
from flow_pipeline.lock import run_lock
from flow_pipeline.orchestration.key_note import refuse_other_key
from flow_pipeline.store import Store


class Rotated(NamedTuple):
    """Ids of both keys, and where the old one is kept."""

    old: str
    new: str
    kept: Path


def rotate(config: Path) -> Rotated:
    """Renew the key of an economy; the next run makes its tokens anew and keeps its persons.

    Nothing but the key file is changed: what ties old tokens to new ones, record by record, is in
    the store already (table record_anchor). Raises Locked while a run goes on, KeyOrPurposeError
    for a key that is missing, unfit, not the one the results were made with, or not in a file.
    """
    economy = load_economy(config, files_must_exist=False)
    keys = read_key(economy.purpose, economy.key_file, variable=economy.key_env)
    if economy.key_file is None:
        raise KeyOrPurposeError(
            f"the key is in the environment variable {economy.key_env}, which cannot be changed "
            f"from here. Put it into a file, name that under pseudonymisation.key_file, rotate, "
            f"and set the variable to what the file then holds."
        )
    with run_lock(economy.root):
        refuse_other_key(Store(economy.root), keys)
        kept = rotate_key(economy.key_file, keys)
        new = read_key(economy.purpose, economy.key_file)
    return Rotated(keys.key_id, new.key_id, kept)
