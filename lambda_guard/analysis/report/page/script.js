"use strict";
// Without this script the tables are whole, in the order in which they were written.
for (const table of document.querySelectorAll("table.data")) {
  const body = table.tBodies[0], rows = [...body.rows], name = table.caption.textContent;
  const wide = document.createElement("div");
  wide.className = "wide"; wide.tabIndex = 0; wide.setAttribute("role", "region"); wide.setAttribute("aria-label", name);
  table.replaceWith(wide); wide.append(table);

  const tools = document.createElement("div"), label = document.createElement("label"), input = document.createElement("input");
  const count = document.createElement("span");
  tools.className = "tools"; input.type = "search"; input.id = "filter-" + table.dataset.filter;
  label.htmlFor = input.id; label.textContent = "Filter"; input.setAttribute("aria-label", "Filter: " + name);
  count.setAttribute("role", "status");
  tools.append(label, input, count);
  if (rows.length > 5) wide.before(tools);
  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? shown + " of " + rows.length : rows.length + " rows";
  };
  input.addEventListener("input", show); show();
  table.filterBy = (text) => { input.value = text; show(); };

  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button"; button.textContent = cell.textContent; cell.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = cell.getAttribute("aria-sort") === (cell.classList.contains("n") ? "descending" : "ascending");
      const sign = cell.classList.contains("n") !== down ? -1 : 1;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const value = (row) => row.cells[column].textContent.trim();
      const number = (row) => Number(value(row).replaceAll(",", ""));
      rows.sort((a, b) => sign * (cell.classList.contains("n") ? number(a) - number(b) : value(a).localeCompare(value(b))));
      body.append(...rows);
    });
  });
}
for (const link of document.querySelectorAll("a[data-show]")) {
  link.addEventListener("click", () => document.querySelector('table[data-filter="findings"]').filterBy(link.dataset.show));
}
