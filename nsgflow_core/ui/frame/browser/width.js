// Tell the server the least width of the window, in steps, and whenever that changes; a wide one tells nothing.
// A cookie tells the next session before it draws: it would draw once for a wide window, and then again.

const REST = 200; // milliseconds for which an edge that is dragged stands still

let steps = null;
let latest = null;
let resting = null;

function tell() {
  const least = Math.max(0, ...steps.filter(each => each.query.matches).map(each => each.pixels));
  document.cookie = `${latest.data.cookie}=${least}; path=/; SameSite=Strict; max-age=31536000`;
  if (least !== latest.data.told) latest.setStateValue("least", least);
}

function tellAtRest() {
  clearTimeout(resting);
  resting = setTimeout(tell, REST);
}

export default function (component) {
  latest = component;
  if (!steps) {
    steps = component.data.steps.map(pixels => ({ pixels, query: matchMedia(`(min-width: ${pixels}px)`) }));
    steps.forEach(each => each.query.addEventListener("change", tellAtRest));
  }
  tell();
}
