// A drag over a time chart chooses a window, without a press of the chart's own brush icon first.
//
// ECharts takes the brush up only when its icon is pressed or its instance is told so, and Streamlit keeps the
// instance to itself. So the icon, which lies unseen at the chart's top left, is pressed here before a pointer reaches
// the chart. The pointer's shape over the plot says whether the brush is up.

const CHART = '[class*="st-key-brushed_"] .stEChartsChart';
const ICON = [8, 8];
const MOVED = 8; // pixels, from which on a finger's way is known

const chartOf = (event) => event.target.closest?.(CHART)?.firstElementChild;

function send(chart, type, [x, y]) {
  const box = chart.getBoundingClientRect();
  chart.dispatchEvent(new MouseEvent(type, { bubbles: true, clientX: box.left + x, clientY: box.top + y }));
}

function takeUp(chart) {
  send(chart, "mousemove", [chart.clientWidth / 2, 56]);
  if (chart.style.cursor === "crosshair") return;
  for (const type of ["mousemove", "mousedown", "mouseup", "click"]) send(chart, type, ICON);
}

function watchPointers() {
  let busy = false;
  const reach = (event) => {
    if (event.type === "pointerover" && event.buttons) return; // in the middle of a drag
    const chart = !busy && chartOf(event);
    if (!chart) return;
    busy = true;
    takeUp(chart);
    busy = false;
  };
  for (const type of ["pointerover", "pointerdown"]) addEventListener(type, reach, true);
}

// A finger that moves up or down scrolls the page; one that moves along time brushes. ECharts would take both for its
// own, so it hears of a finger only when its way is known, or when it was lifted where it was put down.
function watchFingers() {
  let finger = null;
  const touched = (event) => event.changedTouches[0];
  const put = ({ chart, at }) => {
    const { identifier, clientX, clientY } = at;
    const place = new Touch({ identifier, target: chart, clientX, clientY });
    const all = [place];
    const down = new TouchEvent("touchstart", { bubbles: true, touches: all, targetTouches: all, changedTouches: all });
    down.isOurs = true;
    chart.dispatchEvent(down);
  };
  const start = (event) => {
    if (event.isOurs) return;
    const chart = chartOf(event);
    finger = chart ? { chart, at: touched(event), way: "" } : null;
    if (chart) event.stopPropagation();
  };
  const move = (event) => {
    if (!finger) return;
    const across = Math.abs(touched(event).clientX - finger.at.clientX);
    const along = Math.abs(touched(event).clientY - finger.at.clientY);
    if (!finger.way && Math.max(across, along) >= MOVED) {
      finger.way = along > across ? "scrolls" : "brushes";
      if (finger.way === "brushes") put(finger);
    }
    if (finger.way !== "brushes") event.stopPropagation();
  };
  const end = (event) => {
    if (finger && !finger.way) put(finger);
    if (finger?.way === "scrolls") event.stopPropagation();
    finger = null;
  };
  addEventListener("touchstart", start, { capture: true, passive: true });
  addEventListener("touchmove", move, { capture: true, passive: true });
  for (const type of ["touchend", "touchcancel"]) addEventListener(type, end, true);
}

export default function () {
  if (window.nsgflowBrush) return;
  window.nsgflowBrush = true;
  watchPointers();
  watchFingers();
}
