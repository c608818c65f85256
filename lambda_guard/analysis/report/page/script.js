"use strict";
// Without this script the tables are whole, in the order in which they were written.
const tables = new Map();
for (const table of document.querySelectorAll("table.data")) {
  const body = table.tBodies[0], rows = [...body.rows], name = table.caption.textContent;
  const headers = [...table.tHead.rows[0].cells];
  const wide = document.createElement("div");
  wide.className = "wide"; wide.tabIndex = 0; wide.setAttribute("role", "region"); wide.setAttribute("aria-label", name);
  table.replaceWith(wide); wide.append(table);

  const tools = document.createElement("div"), label = document.createElement("label"), input = document.createElement("input");
  const count = document.createElement("span");
  tools.className = "tools"; input.type = "search"; input.id = "filter-" + table.dataset.filter;
  input.placeholder = 'words, or "a whole cell"';
  label.htmlFor = input.id; label.textContent = "Filter"; input.setAttribute("aria-label", "Filter: " + name);
  count.setAttribute("role", "status");
  tools.append(label, input, count);
  if (rows.length > 1) wide.before(tools);
  const plain = (text) => text.trim().toLowerCase().replaceAll('"', "");
  let only = null;  // the one column that a link looks at
  const show = () => {
    const wanted = [...input.value.toLowerCase().matchAll(/"([^"]*)"?|\S+/g)];
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const cells = only === null ? [...row.cells] : [row.cells[only]];
      row.hidden = !wanted.every(([word, cell]) =>
        cell === undefined ? text.includes(word) : cells.some((one) => plain(one.textContent) === cell.trim()));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = wanted.length ? shown + " of " + rows.length + " rows" : rows.length + " rows";
  };
  input.addEventListener("input", () => { only = null; show(); }); show();
  const titles = headers.map((cell) => cell.textContent);
  tables.set(table.dataset.filter, (text, column) => {
    only = column === undefined ? null : titles.indexOf(column);
    input.value = '"' + text.replaceAll('"', "") + '"'; show();
  });

  headers.forEach((cell, column) => {
    const button = document.createElement("button"), counted = cell.classList.contains("n");
    button.type = "button"; button.textContent = cell.textContent; cell.replaceChildren(button);
    button.addEventListener("click", () => {
      // Numbers begin with the largest, names with the first.
      const sorted = cell.getAttribute("aria-sort");
      const up = sorted === null ? !counted : sorted === "descending";
      for (const other of headers) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => counted ? Number(row.cells[column].textContent.replaceAll(",", "")) : row.cells[column].textContent.trim();
      const keys = new Map(rows.map((row) => [row, key(row)]));
      const order = new Intl.Collator("en", { numeric: true });
      const compare = (a, b) => counted ? a - b : order.compare(a, b);
      rows.sort((a, b) => (up ? 1 : -1) * compare(keys.get(a), keys.get(b)));
      body.append(...rows);
    });
  });
}
for (const link of document.querySelectorAll("a[data-show]")) {
  link.addEventListener("click", () => tables.get(link.dataset.in)?.(link.dataset.show, link.dataset.column));
}
