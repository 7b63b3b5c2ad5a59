"use strict";
// Columns sort when their heads are clicked; long tables show their first rows until the rest is asked for.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const limit = Number(table.dataset.fold || Infinity);
  let isFolded = body.rows.length > limit;

  const fold = () => [...body.rows].forEach((row, place) => { row.hidden = isFolded && place >= limit; });

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.key === undefined) return cell.textContent.trim();
    return cell.dataset.key === "" ? null : Number(cell.dataset.key);
  };

  const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b || 0);

  const sort = (head, column) => {
    const isDown = head.ariaSort === "descending" || (head.ariaSort === null && !head.classList.contains("number"));
    const sign = isDown ? 1 : -1;
    const rows = [...body.rows].map((row) => ({ row, key: keyOf(row, column) }));
    rows.sort((a, b) => (a.key === null || b.key === null ? (a.key === null) - (b.key === null) : sign * compare(a.key, b.key)));
    body.append(...rows.map(({ row }) => row));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.ariaSort = isDown ? "ascending" : "descending";
    fold();
  };

  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
  });

  if (isFolded) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "unfold";
    const name = () => { button.textContent = isFolded ? `Show all ${body.rows.length.toLocaleString("en")} rows` : `Show ${limit} rows`; };
    button.addEventListener("click", () => { isFolded = !isFolded; fold(); name(); });
    name();
    table.parentElement.after(button);
    fold();
  }
}
// What is folded away would be missing on paper.
addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details")) part.open = true; });
