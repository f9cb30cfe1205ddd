// One entry of the history: the address changes once, and Streamlit follows it as it follows Back and Forward.
export default function ({ parentElement, data }) {
  const form = parentElement.querySelector("form");
  const input = form.querySelector("input");
  form.onsubmit = (event) => {
    event.preventDefault();
    const subject = input.value.trim();
    if (!subject) return;
    const before = new URLSearchParams(location.search);
    const params = new URLSearchParams({ ip: subject });
    data.kept.forEach((key) => before.getAll(key).forEach((value) => params.append(key, value)));
    const to = `${data.page}?${params}`;
    if (to === location.pathname + location.search) return;
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
    input.value = "";
    input.blur();
  };
  return () => {
    form.onsubmit = null;
  };
}
