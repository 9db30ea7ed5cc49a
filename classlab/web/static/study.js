// A study's page: its curves, and while it trains its live part.
import { drawCurves } from "./curves.js";
import { change } from "./request.js";

function draw(within) {
  for (const place of within.querySelectorAll(".curves")) drawCurves(place);
}

// New figures go into the cells of the table that is there, which stays sorted and filtered as somebody chose.
function refill(table, fresh) {
  const rows = new Map([...table.tBodies[0].rows].map((row) => [row.cells[0].textContent, row]));
  const arms = [...fresh.tBodies[0].rows];
  if (arms.length !== rows.size || arms.some((row) => !rows.has(row.cells[0].textContent))) return false;
  for (const row of arms) {
    const known = rows.get(row.cells[0].textContent);
    [...row.cells].forEach((cell, column) => {
      if (known.cells[column].textContent !== cell.textContent) known.cells[column].textContent = cell.textContent;
    });
  }
  return true;
}

function replace(live, part) {
  const fresh = document.createElement("template");
  fresh.innerHTML = part; // escaped by the server's templates
  const [table, others] = [live.querySelector("table"), fresh.content.querySelector("table")];
  const action = live.contains(document.activeElement) ? document.activeElement.dataset.action : undefined;
  if (!table || !others || !refill(table, others)) {
    live.replaceChildren(fresh.content);
    live.dispatchEvent(new Event("tables", { bubbles: true }));
  } else {
    for (const name of [".standing", ".curves"]) {
      const [before, after] = [live.querySelector(name), fresh.content.querySelector(name)];
      if (before && after && name === ".curves") before.dataset.curves = after.dataset.curves;
      else if (before && after) before.replaceWith(after);
      else if (after) live.querySelector(".standing").after(after);
    }
  }
  draw(live);
  if (action) live.querySelector(`[data-action="${action}"]`)?.focus({ preventScroll: true });
}

const live = document.getElementById("live");
draw(document);
if (live) {
  const said = document.getElementById("said");
  const events = new EventSource(live.dataset.events);
  events.addEventListener("standing", (event) => replace(live, event.data));
  events.addEventListener("whole", () => {
    events.close();
    location.reload();
  });
  live.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-action]");
    if (!button) return;
    button.disabled = true;
    const answer = await change(button.dataset.address);
    said.className = answer.problem ? "problem" : "note";
    said.textContent = answer.problem ?? answer.sentence;
    button.disabled = false;
  });
}
