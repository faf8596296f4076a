"""The command line: ``flow-pipeline``. Words and tables only; the work is done elsewhere."""

import atexit
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from flow_pipeline.errors import ConfigurationError, ExitCode, FlowError, InputRefused
from flow_pipeline.publish.terminal import (
    OUT,
    plain,
    print_findings,
    print_json,
    print_outcome,
    print_rotation,
    print_sections,
)

if TYPE_CHECKING:
    from flow_pipeline.store import Store

# Polars' allocator gives memory back half a second after it was used, to ask for it again in the
# next step: a sixth of the processor time of journeys. It reads this when Polars is imported.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:20000")
# So does Arrow's, after a hundredth of a second: a twentieth of the processor time of ingest.
os.environ.setdefault("MIMALLOC_PURGE_DELAY", "10000")

_ALLOCATIONS = 20_000  # between two looks for garbage; Python's own is 700
_ERR = Console(stderr=True, highlight=False)
_STAGES = ("ingest", "link", "journeys", "cohorts", "flow", "quality", "publish")

_CONFIG = click.argument(
    "config", type=click.Path(path_type=Path), default=Path("economy.yaml"), required=False
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flow-pipeline")
def cli() -> None:
    """From the extracts of a health and care economy to linked journeys.

    Start with "flow-pipeline demo": it makes a synthetic economy and runs everything on it.

    \b
    Exit codes: 0 done, 1 a fault of ours, 2 usage or configuration, 3 an input file refused,
    4 quality gate blocked, 5 store, disk or server, 6 key or purpose, 7 another run holds the
    lock, 8 linkage or disclosure gate blocked, 130 interrupted.
    """


@cli.command()
@click.option("--people", default=10_000, show_default=True, type=click.IntRange(100))
@click.option("--years", default=3, show_default=True, type=click.IntRange(1, 10))
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--out",
    default=Path("anyborough"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
)
@_JSON
def demo(people: int, years: int, seed: int, out: Path, as_json: bool) -> None:
    """Make a synthetic Anyborough, run everything on it, say what was found."""
    _make_economy(out, people=people, years=years, seed=seed, profile="typical")
    _run(out / "economy.yaml", only=None, verify=False, as_json=as_json)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Write a working economy.yaml, folders and a key into FOLDER.

    It comes with small synthetic extracts, so that it runs at once; put your own in their place.
    """
    if (folder / "economy.yaml").exists():
        raise ConfigurationError(f"{folder / 'economy.yaml'} exists. Choose another folder.")
    _make_economy(folder, people=300, years=1, seed=1, profile="typical")
    OUT.print(f"Written: {folder / 'economy.yaml'}, keys/active.key and small synthetic extracts.")
    OUT.print(f"Now run: flow-pipeline run {folder / 'economy.yaml'}")


@cli.command()
@click.option("--people", required=True, type=click.IntRange(1))
@click.option("--years", required=True, type=click.IntRange(1, 10))
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--profile",
    default="typical",
    show_default=True,
    type=click.Choice(["clean", "typical", "bad", "missing_only", "national"]),
)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False))
def synth(people: int, years: int, seed: int, profile: str, out: Path) -> None:
    """Make the synthetic extracts only, with the truth beside them."""
    _synthesise(out, people=people, years=years, seed=seed, profile=profile)


@cli.command()
@_CONFIG
@click.option("--source", "sources", multiple=True, help="Only this source; may be repeated.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also write the report that each sender would get, as HTML and CSV, below this folder.",
)
@_JSON
def check(config: Path, sources: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Check extracts against their contracts without running.

    Counts per rule, row numbers and value shapes; never a value.
    """
    from flow_pipeline.ingest.checking import check_sources

    with _Progress("starting") as told:
        found = check_sources(config, sources, out, progress=told)
    if as_json:
        print_json(found.as_json())
    else:
        print_findings(found)
        OUT.print(found.verdict, soft_wrap=True)
    if found.refusals:
        raise InputRefused("\n".join(found.refusals))


@cli.command()
@_CONFIG
@click.option("--only", type=click.Choice(_STAGES), help="Do only this stage, from what is there.")
@click.option("--verify", is_flag=True, help="Digest every file instead of trusting size and time.")
@_JSON
def run(config: Path, only: str | None, verify: bool, as_json: bool) -> None:
    """Do the whole job; only what changed since the last run is done again."""
    _run(config, only=only, verify=verify, as_json=as_json)


@cli.command()
@_CONFIG
@click.option(
    "--source", "sources", multiple=True, required=True, help="This source; may be repeated."
)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
def pseudonymise(config: Path, sources: tuple[str, ...], out: Path) -> None:
    """At the sending organisation: turn extracts into a pseudonymised file.

    It holds tokens and payload only, and a run accepts it in place of the extracts. The key and
    purpose of CONFIG must be those of the economy that it is sent to.
    """
    from flow_pipeline.orchestration.packages import pseudonymise_sources

    with _Progress("starting") as told:
        made = pseudonymise_sources(config, sources, out, progress=told)
    taken = sum(made.parts.get("record_token", {}).values())
    read = sum(int(str(row["n_rows"])) for row in made.rows["submission"])
    OUT.print(f"Written: {out}, {taken:,} of {read:,} rows.", soft_wrap=True)
    if taken < read:
        OUT.print("Why a row was refused or left out: `flow-pipeline check`.")
    OUT.print(
        f"Made with key {made.key_id} for purpose {made.purpose}, which must be those of the "
        f"receiver. There it is named under `files` of {', '.join(made.sources)}.",
        soft_wrap=True,
    )


@cli.command("link-quality")
@_CONFIG
@click.option(
    "--truth",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that says whose each record truly is, as synth writes it.",
)
@_JSON
def link_quality(config: Path, truth: Path | None, as_json: bool) -> None:
    """How good the linkage of the last run is: overall, by subgroup, and what hangs on it.

    Estimated on hidden NHS numbers; with the truth, where there is one, beside it.
    """
    from flow_pipeline.orchestration.link_report import link_quality as judged

    with _Progress("judging") as told:
        told("judging linkage")
        report = judged(config, truth)
    print_sections(report.sections, as_json)
    if not as_json:
        OUT.print(f"  with charts: {report.page}", soft_wrap=True)
        OUT.print(f"  rows for the senders to look up: {report.review}", soft_wrap=True)


@cli.group()
def explain() -> None:
    """Say why: the records of a person, the events of a journey, the fate of a row."""


@explain.command("record")
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("submission_id")
@click.argument("row_number", type=click.IntRange(1))
@_JSON
def explain_record(config: Path, submission_id: str, row_number: int, as_json: bool) -> None:
    """Where row ROW_NUMBER of submission SUBMISSION_ID went, and why."""
    from flow_pipeline.publish.explain import explain_record as explained

    print_sections(explained(_store_of(config), submission_id, row_number), as_json)


@explain.command("person")
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("person_id")
@_JSON
def explain_person(config: Path, person_id: str, as_json: bool) -> None:
    """The records that made a person, and with what confidence."""
    from flow_pipeline.publish.explain import explain_person as explained

    print_sections(explained(_store_of(config), person_id), as_json)


@explain.command("journey")
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("journey_id")
@_JSON
def explain_journey(config: Path, journey_id: str, as_json: bool) -> None:
    """A journey as a timeline: who, when, waits, hand-offs, and why each event belongs.

    Without identifiers, to be shown; --json gives the rows of its tables, with theirs.
    """
    from flow_pipeline.config import load_economy
    from flow_pipeline.publish.explain import explain_journey as explained
    from flow_pipeline.publish.timeline import journey_timeline

    store = _store_of(config)
    if as_json:
        print_sections(explained(store, journey_id), as_json)
    else:
        told = journey_timeline(store, journey_id, load_economy(config).gap_days)
        print_sections(told, as_json)


def _make_economy(out: Path, *, people: int, years: int, seed: int, profile: str) -> None:
    from flow_pipeline.governance.key_file import make_key

    _synthesise(out, people=people, years=years, seed=seed, profile=profile)
    key = out / "keys" / "active.key"
    if not key.exists():
        make_key(key)


def _synthesise(out: Path, *, people: int, years: int, seed: int, profile: str) -> None:
    from flow_pipeline.store import store_errors
    from flow_pipeline.synthetic import generate

    with _Progress("making extracts") as told, store_errors(out):
        made = generate(out, people=people, years=years, seed=seed, profile=profile, progress=told)
    rows = sum(made.rows.values())
    OUT.print(f"{made.people:,} people, {made.files:,} files, {rows:,} rows in {out}")


def _store_of(config: Path) -> "Store":
    from flow_pipeline.config import load_economy
    from flow_pipeline.store import Store

    return Store(load_economy(config).root)


def _run(config: Path, *, only: str | None, verify: bool, as_json: bool) -> None:
    from flow_pipeline.orchestration.run import run_economy

    with _Progress("starting") as told:
        outcome = run_economy(config, only=only, verify=verify, progress=told)
    if only is not None and only != "publish":
        OUT.print(f"Stage {only} is done; nothing was published.")
    elif as_json:
        done = {"release_id": outcome.release_id, "key_rotation": outcome.rotation}
        print_json({**done, **outcome.summary.as_json()})
    else:
        print_outcome(outcome.summary, outcome.release_id, outcome.places, is_new=outcome.is_new)
    if outcome.rotation and not as_json:
        print_rotation(outcome.rotation)


class _Progress:
    """One line on standard error that says what is going on; silent where nobody watches."""

    def __init__(self, first: str) -> None:
        self._status = _ERR.status(first)

    def __enter__(self) -> Callable[[str], None]:
        self._status.start()
        return self._status.update

    def __exit__(self, *_: object) -> None:
        self._status.stop()


@cli.group()
def keys() -> None:
    """Pseudonymisation keys."""


@keys.command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def keys_new(file: Path) -> None:
    """Make a new key in FILE, readable by you only. A key that exists is never overwritten."""
    from flow_pipeline.governance.key_file import make_key

    make_key(file)
    OUT.print(f"Written: {file}. Name it under pseudonymisation.key_file, and keep it safe: who")
    OUT.print("holds it can recompute every pseudonym, and without it none can be made again.")


@keys.command("rotate")
@_CONFIG
def keys_rotate(config: Path) -> None:
    """Put a new key in place of the one that CONFIG names; persons and events keep their ids.

    The next run makes every token anew from the extracts. The old key is kept beside the new one
    until you destroy it.
    """
    from flow_pipeline.orchestration.key_rotation import rotate

    rotated = rotate(config)
    OUT.print(f"Key {rotated.old} is replaced by {rotated.new}.")
    OUT.print(f"Now run: flow-pipeline run {config}", soft_wrap=True)
    OUT.print(f"Once that has ended well, destroy {rotated.kept}: it holds the old", soft_wrap=True)
    OUT.print("key. Senders who pseudonymise at source need the new one, and their packages anew.")


@keys.command("show-id")
@_CONFIG
def keys_show_id(config: Path) -> None:
    """The id of the key that CONFIG names; it does not lead back to the key."""
    from flow_pipeline.config import load_economy
    from flow_pipeline.governance.key_file import read_key

    economy = load_economy(config, files_must_exist=False)
    keys = read_key(economy.purpose, economy.key_file, variable=economy.key_env)
    OUT.print(keys.key_id)


def main() -> None:
    """Entry point: foreseeable errors become one message and an exit code."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.CONFIGURATION)
    except (click.Abort, KeyboardInterrupt):
        _ERR.print("Interrupted; the last published release is as it was.")
        sys.exit(ExitCode.INTERRUPTED)
    except FlowError as error:
        _ERR.print(f"[bold red]error:[/] {plain(str(error))}", soft_wrap=True)
        sys.exit(error.exit_code)


def program() -> None:
    """The console script: ``main``, and silence while the interpreter is taken down.

    DuckDB's binding reports objects that Great Expectations still holds at that point as leaks:
    forty lines that say nothing to a user and hide what was printed before.
    Modules live as long as the process: Python looks for garbage among them seldom while they are
    loaded, and not at all when the process ends, which took two seconds of every run.
    """
    gc.set_threshold(_ALLOCATIONS)
    atexit.register(gc.freeze)
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno()))
    main()


if __name__ == "__main__":
    program()
