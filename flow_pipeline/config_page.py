"""The page ``docs/configuration.md``, made from the schema of the configuration."""

from flow_pipeline.config_key import Key
from flow_pipeline.config_schema import KEYS
from flow_pipeline.ingest.checks import FIRST_DATE, MAY_LIE_AHEAD, OLDEST_AGE, YEARS_AHEAD
from flow_pipeline.ingest.formats import DEFAULT_NULLS
from flow_pipeline.ingest.refusals import FEWEST, NEARLY_ALL
from flow_pipeline.ingest.shifted_columns import FEWEST_ROWS, LARGEST_SHARE

_EXAMPLE = """\
economy: Anyborough
purpose: whole-system-flow-2026        # must be in governance.purposes, or nothing runs
period: {start: 2023-04-01, end: 2026-03-31}
storage: {root: ./data}
publish: duckdb:///data/flow.duckdb
pseudonymisation: {key_file: ./keys/active.key}
organisations:
  - {code: RXA, name: Anyborough Hospital, sector: acute}
sources:
  - contract: apc_episode
    organisation: RXA
    files: extracts/acute/apc_*.csv
    where: ENCOUNTERCLASS = 'inpatient'
    columns:
      nhs_number: REPLACE(NHS_NO, ' ', '')
      person_birth_date: DOB
    formats: {date: "%Y%m%d", columns: {DOB: "%d/%m/%Y"}}
governance:
  purposes:
    - {code: whole-system-flow-2026, description: how people flow}
"""


def configuration_page() -> str:
    """Every key with type, default and whether it is supported, and how rows are read."""
    rows = [_row(key) for key in KEYS]
    widths = ("Key", "Value", "Default", "Meaning")
    table = "\n".join(_line(cells) for cells in (widths, ("---",) * len(widths), *rows))
    example = ("```yaml", _EXAMPLE + "```\n")
    how = (_reading(), _typing(), _FATE)
    return "\n".join((_HEAD, *example, _KEYS_HEAD, table, "", *how))


def _row(key: Key) -> tuple[str, ...]:
    default = "**required**" if key.required else f"`{key.default}`" if key.default else ""
    return f"`{key.path}`", _value(key), default, _meaning(key)


def _value(key: Key) -> str:
    if key.choices and key.type in ("text", "integer", "list"):
        return ", ".join(f"`{choice}`" for choice in key.choices)
    written = key.type if key.also is None else f"{key.type} or {key.also}"
    return written if key.minimum is None else f"{written}, at least {key.minimum}"


def _meaning(key: Key) -> str:
    if key.is_later:
        return f"{key.meaning} *Not supported yet.*"
    if key.later:
        named = ", ".join("other values" if v == "*" else f"`{v}`" for v in key.later)
        return f"{key.meaning} *Not supported yet: {named}.*"
    return key.meaning


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


_HEAD = """\
# Configuration: `economy.yaml`

One file says which organisations send which files, and what their columns are called. It is
checked in whole before any data is read: every mistake is told with its line, what was expected
and what was found. Made from the code by `python -m flow_pipeline.publish.documents`.
"""
_KEYS_HEAD = """\
Relative paths, in `publish` too, start at the folder of the configuration. `[]` stands for each
item of a list, `*` for a name of your own.

## Keys
"""


def _reading() -> str:
    nulls = ", ".join(f'`"{word}"`' for word in DEFAULT_NULLS)
    return f"""\
## How a delivered file is read

- Known by content, whatever the file is called: text; text packed with gzip, bzip2, xz, zstd or
  zip; Parquet; a sheet of an Excel workbook. Several tables in one zip archive are read one after
  the other if their headers are the same. Nothing is unpacked to disk.
- Text is UTF-8 if all of it is. Otherwise a byte-order mark or zero bytes tell UTF-16 or UTF-32,
  and what is left is Windows-1252; a note says so. Text that is UTF-8 in most places and not in
  others is refused, and so is text with zero bytes.
- The header is the line with most names that configuration and contract know, and with it the
  delimiter is found. Lines before it are left out. Where no name is known, the first line is the
  header, parted by the sign that gives most columns. A header repeated further down is no row.
- Values may stand in double quotation marks, doubled inside a value or behind a backslash, and go
  over several lines. A mark that is never closed, or inside which whole rows seem to lie, refuses
  the file; where the marks are right, or mean nothing, `layout.quote` says so.
- Row 1 is the first data row; blank lines are no rows. A row with more or fewer fields than the
  header is quarantined (`V01 ragged_row`). Empty fields behind the last column do not count, and
  where every row lacks the same last columns, those were not sent.
- An empty value is null, also in `where` and `columns`: write `X IS NULL`, not `X = ''`.
- Columns are matched by name exactly as delivered; one that differs from a field's name only in
  capitals, blanks or signs is pointed to. A column without a name cannot be mapped, and a name that
  is needed and stands on two columns refuses the file. Names with blanks or signs stand in double
  quotes inside the SQL.
- A file of another contract is refused by its columns: where another contract knows all that the
  source uses and at least two further ones, and has its required ones. A source that takes such
  rows on purpose says which under `where` (`TRUE` for all).
- `where` and `columns` are row-wise SQL: CASE, COALESCE, NULLIF, REPLACE, SUBSTR, SPLIT_PART,
  CONCAT, UPPER, TRIM, LIKE, IN, REGEXP_LIKE, `||`, TRY_CAST. Subqueries, aggregates and window
  functions are refused. A field whose column has the field's own name needs no line. A condition
  that is null takes no row.
- Blanks at both ends of a value are cut off. Texts of `formats.nulls` (default {nulls}) become
  null and are counted (`C10`).
"""


def _typing() -> str:
    ahead = ", ".join(f"`{word}`" for word in MAY_LIE_AHEAD)
    return f"""\
## How values are typed

- Dates and times are ISO 8601 unless `formats` says otherwise: a date, or a date and time parted
  by `T` or a blank, seconds optional. A date field given a date and time takes the date, a time
  field the time. A time zone (`Z`, `+01:00`) is turned into Europe/London wall-clock time.
- `formats.columns` names delivered columns and wins over `date`, `datetime` and `time`. Years of
  two digits are refused. Typed columns of Parquet and Excel need no format.
- Where {NEARLY_ALL:.0%} or more, and at least {FEWEST}, values of a date or time column cannot be
  read, the file is refused; the message says what most values look like and which formats would
  fit. Where several fit, as for 03/04/2024, none is chosen.
- A date that cannot be read quarantines its row, a time or number that cannot be read is left out
  and flagged, unless the field is required.
- Dates lie from {FIRST_DATE} to the end of the period or the day the file was received, whichever
  is later; up to {YEARS_AHEAD} years later in fields whose name holds {ahead}.
- A birth date more than {OLDEST_AGE} years ago is a placeholder: flagged (`P01`) and taken as
  missing.
"""


_FATE = f"""\
## What becomes of a row

Accepted, quarantined, out of period (its start and end, or open end, do not meet `period`), later
also superseded or duplicate. Warnings stand in `dq_flags`. A code that its list does not have is
kept and flagged (`V05`). A row is refused for identity only if it has neither ten digits of an NHS
number, nor a local identifier, nor a name with a birth date, nor the identifier of the parent that
its contract lets it be known by. It is also refused where a spreadsheet has shortened a number
that is a key or an identity (`1.23E+11`): all numbers so shortened would be one.

A file that several sources name is read once.

## When a file is refused whole

Some files would load without a word and be wrong. These are refused, with what was seen and what to
do next, and what was written of them is taken back; no value is quoted.

- It is no table, or what is said under `layout` does not hold.
- A column that is needed is missing, or several bear its name; or the columns are those of another
  contract (above).
- Rows that no source takes, beyond `quality.max_unselected`, or rows that several take without
  `shared: true` at each.
- More than {LARGEST_SHARE:.0%} of the rows are those of organisations that are not expected; fewer
  are quarantined.
- Columns have shifted by one: most values of several columns cannot be theirs, or those of one
  column stand in the column beside it.
- A column has slipped against the others by a row: most identifiers that stand on several rows have
  another date of birth or NHS number each time; or names and sex, ages and what is done, practices
  and sites go together a row apart and not on the same row. What goes with nothing else (numbers,
  family names) is not seen to slip where every person has one row.
- Most rows of a hospice's extract tell of beds in a community hospital or rehabilitation unit, or
  most rows of intermediate care of beds in a hospice: by nothing else do the two differ.
- More than {LARGEST_SHARE:.0%} of the rows, of at least {FEWEST_ROWS}, would be refused.
- Most dates of a column cannot be read (above).
"""
