// Tables that sort by a click on a column's name and that show only the rows with a word. Without this script they are
// whole tables in the order in which they were written.
"use strict";
(() => {
  const SORTED = 3, FILTERED = 10; // rows from which it is worth the place
  const value = (row, column, numeric) => {
    const text = row.cells[column].textContent.trim();
    if (!numeric) return text.toLowerCase();
    const found = text.replace(/,/g, "").replace("\u2212", "-").match(/^[-+]?[\d.]+(e[-+]?\d+)?/i);
    return found ? Number(found[0]) : NaN;
  };
  const missing = (each) => each === "" || each === "\u2013" || Number.isNaN(each);
  const compare = (one, other, sign) => {
    if (missing(one) || missing(other)) return missing(one) - missing(other); // what is missing comes last either way
    if (typeof one === "string") return sign * one.localeCompare(other, undefined, { numeric: true });
    return sign * (one - other);
  };
  const sortable = (table) => {
    const body = table.tBodies[0], written = [...body.rows], heads = [...table.tHead.rows[0].cells];
    const turn = (head, column) => {
      const next = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort") || "none"];
      for (const each of heads) each.removeAttribute("aria-sort");
      if (next !== "none") head.setAttribute("aria-sort", next);
      const sign = next === "descending" ? -1 : 1, numeric = head.classList.contains("n");
      const keyed = written.map((row) => [value(row, column, numeric), row]);
      if (next !== "none") keyed.sort((one, other) => compare(one[0], other[0], sign));
      body.append(...keyed.map((pair) => pair[1]));
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = "Sort by this column; the third click brings the written order back";
      button.append(...head.childNodes);
      button.addEventListener("click", () => turn(head, column));
      head.append(button);
    });
  };
  const filterable = (table) => {
    const rows = [...table.tBodies[0].rows], label = document.createElement("label");
    const input = document.createElement("input"), told = document.createElement("output");
    input.type = "search";
    label.className = "filter";
    label.append("Rows with ", input, told);
    const show = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
      told.textContent = words.length ? ` ${rows.filter((row) => !row.hidden).length} of ${rows.length}` : "";
    };
    input.addEventListener("input", show);
    (table.closest(".scroll") || table).before(label);
  };
  const all = (within) => {
    for (const table of within.querySelectorAll("table")) {
      if (!table.tHead || !table.tBodies.length) continue;
      const rows = table.tBodies[0].rows.length;
      if (rows >= SORTED) sortable(table);
      if (rows >= FILTERED) filterable(table);
    }
  };
  all(document);
  document.addEventListener("tables", (event) => all(event.target)); // a part of the page that came later
})();
