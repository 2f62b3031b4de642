// A file that is chosen is read into the text, as UTF-8 or else as GB 18030, in which Chinese spreadsheets save.
document.addEventListener("change", async (event) => {
  const box = event.target.closest?.("input[type=file][data-fills]");
  const file = box?.files[0];
  if (!file) return;
  box.parentElement.querySelector("[data-file-name]").textContent = file.name;
  const bytes = await file.arrayBuffer();
  document.querySelector(box.dataset.fills).value = decode(bytes);
});

function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}
