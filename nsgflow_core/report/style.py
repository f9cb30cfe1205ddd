"""How a report looks: as a dossier does, with charts that take their colours from the page, on screen and on paper."""

from nsgflow_core.rules.dossier.style import DOSSIER_STYLE as _DOSSIER

STYLE = (
    _DOSSIER
    + """\
:root { --allowed: #3d85c6; --denied: #df6f2a; }
#missing { margin: 18px 0 0; }
h3 { font-size: 14px; margin: 14px 0 4px; }
figure { margin: 14px 0 0; }
figcaption { font-weight: 600; margin: 0 0 4px; }
.chart { display: block; width: 100%; height: auto; font: 12px "Segoe UI", system-ui, Arial, sans-serif; }
.chart text { fill: var(--quiet); }
.chart .name { fill: var(--ink); }
.chart .name, .chart .scale { text-anchor: end; }
.chart path { fill: none; stroke: var(--quiet); stroke-width: 1.2; }
.chart line { stroke: var(--line); }
.chart.allowed rect { fill: var(--allowed); }
.chart.denied rect { fill: var(--denied); }
.none { color: var(--quiet); }
@media print {
  .figures { white-space: nowrap; }
  figure { break-inside: avoid; }
  .chart rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  #queries { break-before: page; }
}
"""
)
