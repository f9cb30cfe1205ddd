"""How the dossier looks: quiet on screen in light and dark, and made for paper when it is printed."""

DOSSIER_STYLE = """\
:root { --ink: #1b2a3a; --quiet: #5b6b7b; --line: #d9e0e7; --paper: #fff; --band: #f4f7fa;
  --open: #9a4a12; --open-band: #fdf3ea; --good: #1d6b3f; --good-band: #edf7f0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e9ef; --quiet: #9aa8b6; --line: #33404d; --paper: #12181f;
  --band: #1a222b; --open: #f0a96b; --open-band: #2b2118; --good: #7fd1a0; --good-band: #15261c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 32px 28px 64px; background: var(--paper); color: var(--ink);
  font: 14.5px/1.5 "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 27px; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 10px; }
.eyebrow { margin: 0 0 4px; color: var(--quiet); letter-spacing: .08em; text-transform: uppercase; font-size: 12px; }
.made { color: var(--quiet); margin: 6px 0 20px; }
section { margin: 34px 0 0; }
body { counter-reset: chapter; }
section[id] { counter-increment: chapter; }
section[id] > h2::before { content: counter(chapter) ". "; }
p { margin: 0 0 8px; max-width: 85ch; overflow-wrap: anywhere; white-space: pre-line; }
.verdict { padding: 14px 18px; border-radius: 8px; margin: 0; border-left: 5px solid; }
.verdict h2 { margin: 0; }
.verdict ul { margin: 8px 0 0; padding-left: 20px; }
.verdict.open { background: var(--open-band); border-color: var(--open); }
.verdict.good { background: var(--good-band); border-color: var(--good); }
.points { margin: 0 0 12px; padding-left: 20px; color: var(--open); }
li { overflow-wrap: anywhere; }
nav ol { columns: 3 230px; column-gap: 34px; margin: 18px 0 0; padding-left: 24px; color: var(--quiet); }
nav a { color: inherit; }
dl { margin: 0; border-top: 1px solid var(--line); }
dl div { display: grid; grid-template-columns: 210px 1fr; gap: 16px; padding: 5px 0;
  border-bottom: 1px solid var(--line); }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.table { overflow-x: auto; margin: 12px 0 0; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
caption { text-align: left; font-weight: 600; padding: 0 0 6px; }
th { text-align: left; font-weight: 600; background: var(--band); color: var(--quiet); white-space: nowrap; }
th, td { padding: 5px 9px; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; min-width: 56px; white-space: pre-line; }
th.wide { width: 26%; min-width: 200px; }
th.widest { width: 44%; min-width: 280px; }
td.words { overflow-wrap: normal; }
.short { white-space: nowrap; }
.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.more { color: var(--quiet); font-size: 13px; margin: 4px 0 0; }
pre { background: var(--band); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; margin: 8px 0 0;
  white-space: pre-wrap; overflow-wrap: anywhere; font: 12px/1.45 ui-monospace, "SF Mono", Consolas, monospace; }
.signatures div { display: grid; grid-template-columns: 3fr 1fr; gap: 28px; margin-top: 34px; }
.signatures span { border-top: 1px solid var(--quiet); padding-top: 4px; color: var(--quiet); font-size: 12px; }
footer { margin: 40px 0 0; padding-top: 10px; border-top: 1px solid var(--line); color: var(--quiet); font-size: 12px;
  overflow-wrap: anywhere; }
@media (max-width: 640px) { body { padding: 18px 14px 40px; } dl div { grid-template-columns: 1fr; gap: 0; } }
@page { size: A4; margin: 14mm 13mm 16mm;
  @bottom-right { content: counter(page) " of " counter(pages); font: 8pt sans-serif; color: #4c5a68; } }
@media print {
  :root { --ink: #14202c; --quiet: #4c5a68; --line: #cdd5dd; --paper: #fff; --band: #f1f4f7;
    --open: #8a3f0c; --open-band: #fdf3ea; --good: #1d6b3f; --good-band: #edf7f0; }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  table { font-size: 8pt; }
  th { white-space: normal; }
  th, td { padding: 3px 4px; min-width: 0; }
  th.wide { min-width: 36mm; }
  th.widest { min-width: 70mm; }
  .short { white-space: normal; }
  .figures { white-space: nowrap; }
  .table { overflow: visible; }
  thead { display: table-header-group; }
  tr, dl div, .verdict, .signatures { break-inside: avoid; }
  h2, caption { break-after: avoid; }
  section { margin-top: 22px; }
  pre { font-size: 7.5pt; }
  nav a { text-decoration: none; }
}
"""
