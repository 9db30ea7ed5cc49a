// A study's page: its tables and curves, and while it trains its live part.
import { drawCurves } from "./curves.js";
import { change } from "./request.js";
import { enhanceTables } from "./tables.js";

function enhance(within) {
  enhanceTables(within);
  for (const place of within.querySelectorAll(".curves")) drawCurves(place);
}

function replace(live, part) {
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  const [id, action] = [focused?.id, focused?.dataset.action];
  const at = focused instanceof HTMLInputElement && focused.type === "search" ? focused.selectionStart : null;
  live.innerHTML = part; // escaped by the server's templates
  enhance(live);
  const again = id ? document.getElementById(id) : action && live.querySelector(`[data-action="${action}"]`);
  again?.focus({ preventScroll: true });
  if (again && at !== null) again.setSelectionRange(at, at);
}

const live = document.getElementById("live");
enhance(document);
if (live) {
  const said = document.getElementById("said");
  const events = new EventSource(live.dataset.events);
  const state = () => live.querySelector(".state")?.textContent;
  events.addEventListener("standing", (event) => {
    const before = state();
    replace(live, event.data);
    if (state() !== before) said.textContent = ""; // what was promised has come
  });
  events.addEventListener("whole", () => {
    events.close();
    location.reload();
  });
  live.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-action]");
    if (!button) return;
    button.disabled = true;
    const before = state();
    const answer = await change(button.dataset.address);
    said.className = answer.problem ? "problem" : "note";
    said.textContent = answer.problem ?? (state() === before ? answer.sentence : "");
    button.disabled = false;
  });
}
