// A drag over a time chart chooses a window, without a press of the chart's own brush icon first.
//
// ECharts takes the brush up only when its icon is pressed or its instance is told so, and Streamlit keeps the
// instance to itself. So the icon, which lies unseen at the chart's top left, is pressed here before a pointer reaches
// the chart. The pointer's shape over the plot says whether the brush is up.

const CHART = '[class*="st-key-brushed_"] .stEChartsChart';
const ICON = [8, 8];

function send(chart, type, [x, y]) {
  const box = chart.getBoundingClientRect();
  chart.dispatchEvent(new MouseEvent(type, { bubbles: true, clientX: box.left + x, clientY: box.top + y }));
}

function takeUp(chart) {
  send(chart, "mousemove", [chart.clientWidth / 2, 56]);
  if (chart.style.cursor === "crosshair") return;
  for (const type of ["mousemove", "mousedown", "mouseup", "click"]) send(chart, type, ICON);
}

export default function () {
  if (window.nsgflowBrush) return;
  window.nsgflowBrush = true;
  let busy = false;
  const reach = (event) => {
    if (event.type === "pointerover" && event.buttons) return; // in the middle of a drag
    const chart = !busy && event.target.closest?.(CHART)?.firstElementChild;
    if (!chart) return;
    busy = true;
    takeUp(chart);
    busy = false;
  };
  for (const type of ["pointerover", "pointerdown", "touchstart"]) addEventListener(type, reach, true);
}
