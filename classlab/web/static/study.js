// A study's page: its tables and curves, and while it trains its live part.
import { drawCurves } from "./curves.js";
import { change } from "./request.js";
import { enhanceTables } from "./tables.js";

const AGAIN = 3000; // milliseconds until a lost connection is tried again

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
  const lost = document.getElementById("lost");
  const state = () => live.querySelector(".state")?.textContent;
  function connect() {
    const events = new EventSource(live.dataset.events);
    events.addEventListener("standing", (event) => {
      const before = state();
      replace(live, event.data);
      lost.textContent = "";
      if (state() !== before) said.textContent = ""; // what was promised has come
    });
    events.addEventListener("whole", () => {
      events.close();
      location.reload();
    });
    events.addEventListener("error", () => {
      events.close(); // browsers differ in whether they try again
      setTimeout(connect, AGAIN);
      if (lost.textContent) return;
      const at = new Date().toLocaleTimeString();
      live.querySelector(".state").textContent += `, as heard last before ${at}`;
      lost.textContent =
        `The connection to classlab serve is lost since ${at}; what is shown here is from before. It is tried again ` +
        "every few seconds. If the command has ended, start it again and open its new link; what trains goes on.";
    });
  }
  connect();
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
