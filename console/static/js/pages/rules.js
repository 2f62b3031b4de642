// The matrix by keyboard: arrows go from cell to cell, Home and End to the ends of a column.
const columnsOf = (matrix) => [...matrix.querySelectorAll(".matrix-column")].map((one) => [...one.querySelectorAll(".matrix-cell")]);

function findNext(columns, cell, key) {
  const column = columns.findIndex((one) => one.includes(cell));
  const row = columns[column].indexOf(cell);
  if (key === "Home" || key === "End") return columns[column].at(key === "Home" ? 0 : -1);
  if (key === "ArrowUp" || key === "ArrowDown") return columns[column][row + (key === "ArrowDown" ? 1 : -1)];
  const beside = columns[column + (key === "ArrowRight" ? 1 : -1)];
  return beside?.[Math.min(row, beside.length - 1)];
}

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.(".matrix-cell");
  if (!cell || !["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  const next = findNext(columnsOf(cell.closest(".matrix")), cell, event.key);
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
