// Buttons that copy: data-does="copy-text" with data-from, the element whose text it is.
import { showToast } from "./toasts.js";

let isStarted = false;

export function startCopies() {
  if (isStarted) return;
  isStarted = true;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-does=copy-text]");
    const from = button && document.querySelector(button.dataset.from);
    if (from) copy(from.textContent.trim(), from);
  });
}

// Copies a text; where the browser does not let us, what shows it is marked for the keyboard.
export async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    showToast(document.getElementById("words").dataset.copied);
  } catch {
    getSelection().selectAllChildren(shown);
  }
}
