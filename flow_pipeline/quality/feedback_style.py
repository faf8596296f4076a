"""The look of the report to a sender."""

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #212529; margin: 0 auto; max-width: 76rem;
  padding: 1.5rem 2rem 4rem; background: #fff; }
h1 { font-size: 1.75rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 0 0 .25rem; }
.lead { color: #4c6272; margin: 0 0 1.25rem; max-width: 52rem; }
code { font: .875em ui-monospace, monospace; color: #1d3a5f; overflow-wrap: anywhere; }
small { display: block; color: #5b6b77; font-size: .8125rem; font-weight: 400; }
section { margin: 2.25rem 0 0; border-top: 2px solid #d8dde0; padding-top: 1rem; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: .75rem; }
.tile { background: #f0f4f5; border-left: .3rem solid #aeb7bd; padding: .6rem .9rem; }
.tile b { display: block; font-size: 1.6rem; line-height: 1.2; }
.tile span { color: #4c6272; font-size: .9rem; }
.tile.fine { border-color: #00703c; } .tile.refused { border-color: #a2231d; }
.first { background: #fff7e6; border: 1px solid #f0d9a8; padding: 1rem 1.25rem; }
.first ol { margin: .25rem 0 0; padding-left: 1.25rem; } .first li { margin: .4rem 0; }
.good { color: #00703c; margin: .9rem 0 0; }
.file { margin: 0 0 .6rem; color: #4c6272; }
.bar { display: flex; height: .7rem; background: #e8edee; overflow: hidden; gap: 1px; }
.bar i { min-width: 3px; }
i.fine { background: #2f8f5b; } i.refused { background: #c8413a; } i.again { background: #8ea2b0; }
i.outside { background: #c9a227; }
.key { margin: .3rem 0 .8rem; font-size: .9rem; color: #4c6272; }
.key b { color: #212529; } .key span::before { content: "\\25CF"; margin: 0 .3rem 0 .9rem; }
.key .fine::before { color: #2f8f5b; } .key .refused::before { color: #c8413a; }
.key .again::before { color: #8ea2b0; } .key .outside::before { color: #c9a227; }
dl { display: grid; grid-template-columns: minmax(11rem, max-content) 1fr; gap: .15rem 1.25rem;
  margin: 0 0 1rem; font-size: .94rem; }
dt { color: #4c6272; } dd { margin: 0; }
dd .fine { color: #00703c; } dd .flagged { color: #8a5a00; font-weight: 600; }
dd .refused { color: #a2231d; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th { text-align: left; color: #4c6272; font-weight: 600; border-bottom: 2px solid #d8dde0;
  padding: .3rem .9rem .3rem 0; vertical-align: bottom; white-space: nowrap; }
td { vertical-align: top; border-bottom: 1px solid #e3e8ea; padding: .55rem .9rem .55rem 0; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.faults th:nth-child(2) { text-align: right; }
td.refused { color: #a2231d; font-weight: 600; }
td p { margin: .25rem 0 0; color: #33424d; max-width: 34rem; }
.faults td:first-child { width: 46%; } .faults td:nth-child(3) { min-width: 8rem; }
.rows { max-width: 15rem; font-variant-numeric: tabular-nums; }
td:nth-child(1) small { display: inline; margin-left: .35rem; }
.badge { border-radius: .2rem; padding: .05rem .4rem; font-size: .78rem; font-weight: 600;
  text-transform: uppercase; letter-spacing: .02em; }
.badge.refused { background: #f8dcda; color: #8c1c16; }
.badge.flagged { background: #fdecc8; color: #6d4600; }
.badge.counted { background: #e8edee; color: #41525e; }
.trend.new, .trend.more { color: #a2231d; } .trend.less, .trend.resolved { color: #00703c; }
.trend.alike { color: #8494a0; }
.legend { font-size: .94rem; } .legend dl { max-width: 60rem; }
@media (max-width: 48rem) { .tiles { grid-template-columns: 1fr 1fr; } body { padding: 1rem; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print { section { break-inside: avoid; } }
"""
