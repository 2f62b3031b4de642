// The token stands behind the # of the address, which no server and no log sees: it is sent once, as a form, and taken
// out of the address and the history.
const box = document.getElementById("exchange");
const form = document.getElementById("exchange-form");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (location.hash) history.replaceState(null, "", location.pathname);
if (token) {
  form.elements.token.value = token;
  form.submit();
} else if (!("refused" in box.dataset)) {
  const why = document.getElementById("why");
  why.textContent = why.dataset.missing;
}
