// Tables that are sorted by a press on a heading and filtered by words; without this they are plain tables.
const LEAST = 3; // rows; fewer need no sorting
const chosen = new Map(); // by the table's key: what was chosen survives when the table is drawn anew

function number(cell) {
  const found = cell.replaceAll(",", "").replace("\u2212", "-").match(/^[+-]?[\d.]+(e[+-]?\d+)?/i);
  return found ? Number(found[0]) : NaN;
}

function compare(one, other) {
  const [a, b] = [number(one), number(other)];
  if (Number.isNaN(a) && Number.isNaN(b)) return one.localeCompare(other, undefined, { numeric: true });
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
  return a - b;
}

function sort(table, column, direction) {
  const body = table.tBodies[0];
  const sign = direction === "descending" ? -1 : 1;
  const text = (row) => row.cells[column].textContent.trim();
  const rows = [...body.rows].sort((a, b) => sign * compare(text(a), text(b)));
  body.append(...rows);
  [...table.tHead.rows[0].cells].forEach((cell, place) => {
    cell.setAttribute("aria-sort", place === column ? direction : "none");
  });
}

function filter(table, words, count) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...table.tBodies[0].rows];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
  }
  const shown = rows.filter((row) => !row.hidden).length;
  count.textContent = wanted.length ? `${shown} of ${rows.length} rows` : "";
}

function enhance(table) {
  const key = table.dataset.key;
  const kept = chosen.get(key) ?? { words: "" };
  chosen.set(key, kept);
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.id = `sort-${key}-${column}`;
    button.append(...cell.childNodes);
    cell.append(button);
    cell.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      kept.column = column;
      kept.direction = cell.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      sort(table, column, kept.direction);
    });
  });
  const box = document.createElement("div");
  const label = document.createElement("label");
  const input = document.createElement("input");
  const count = document.createElement("span");
  box.className = "filter";
  label.htmlFor = input.id = `filter-${key}`;
  label.textContent = "Show rows with";
  input.type = "search";
  input.value = kept.words;
  count.setAttribute("role", "status");
  box.append(label, input, count);
  (table.closest(".scroll") ?? table).before(box);
  input.addEventListener("input", () => {
    kept.words = input.value;
    filter(table, input.value, count);
  });
  if (kept.column !== undefined) sort(table, kept.column, kept.direction);
  if (kept.words) filter(table, kept.words, count);
}

export function enhanceTables(within) {
  for (const table of within.querySelectorAll("table.sortable")) {
    if (table.tBodies[0].rows.length >= LEAST) enhance(table);
  }
}
