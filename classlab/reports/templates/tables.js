// Tables that sort by a press on a column's name and that show only the rows with some words. Without this script they
// are whole tables in the order in which they were written. Reports carry it in themselves, the page serves it.
const SORTED = 3, FILTERED = 10; // rows from which it is worth the place
const NEXT = { none: "ascending", ascending: "descending", descending: "none" };
const chosen = new Map(); // by the table's key: what was chosen survives when the table is drawn anew

function value(row, column, numeric) {
  const text = row.cells[column].textContent.trim();
  const found = text.replaceAll(",", "").replace("\u2212", "-").match(/^[-+]?[\d.]+(e[-+]?\d+)?/i);
  if (numeric) return found ? Number(found[0]) : NaN;
  return text.toLowerCase();
}

function missing(each) {
  return each === "" || each === "\u2013" || Number.isNaN(each);
}

function compare(one, other, sign) {
  if (missing(one) || missing(other)) return missing(one) - missing(other); // what is missing comes last either way
  if (typeof one === "string") return sign * one.localeCompare(other, undefined, { numeric: true });
  return sign * (one - other);
}

function sort(table, written, column, direction) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => head.setAttribute("aria-sort", place === column ? direction : "none"));
  const numeric = heads[column].classList.contains("n"), sign = direction === "descending" ? -1 : 1;
  const keyed = written.map((row) => [value(row, column, numeric), row]);
  if (direction !== "none") keyed.sort((one, other) => compare(one[0], other[0], sign));
  table.tBodies[0].append(...keyed.map((pair) => pair[1]));
}

function makeSortable(table, key, kept) {
  const written = [...table.tBodies[0].rows];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.id = `sort-${key}-${column}`;
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      kept.column = column;
      kept.direction = NEXT[head.getAttribute("aria-sort")];
      sort(table, written, column, kept.direction);
    });
  });
  if (kept.column !== undefined) sort(table, written, kept.column, kept.direction);
}

function makeFilterable(table, key, kept) {
  const box = document.createElement("div"), label = document.createElement("label");
  const input = document.createElement("input"), told = document.createElement("span");
  box.className = "filter";
  label.htmlFor = input.id = `filter-${key}`;
  label.textContent = "Show rows with";
  input.type = "search";
  input.value = kept.words ?? "";
  told.setAttribute("role", "status");
  box.append(label, input, told);
  (table.closest(".scroll") ?? table).before(box);
  const show = () => {
    kept.words = input.value;
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean), rows = [...table.tBodies[0].rows];
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    told.textContent = words.length ? `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows` : "";
  };
  input.addEventListener("input", show);
  show();
}

export function enhanceTables(within, selector = "table.sortable") {
  [...within.querySelectorAll(selector)].forEach((table, place) => {
    const rows = table.tBodies[0]?.rows.length ?? 0, key = table.dataset.key ?? place;
    if (!table.tHead || rows < SORTED) return;
    const kept = chosen.get(key) ?? {};
    chosen.set(key, kept);
    if (rows >= FILTERED || table.dataset.key) makeFilterable(table, key, kept);
    makeSortable(table, key, kept);
  });
}
