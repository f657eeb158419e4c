// Shows a text in Markdown as it will be, without leaving the page, so that chosen files stay. Without this module, or
// where the portal does not answer, the button posts the form and the page comes back with the preview.

for (const button of document.querySelectorAll("button[data-preview]")) {
  button.addEventListener("click", (event) => {
    const text = button.form.elements.namedItem("text").value;
    if (button.dataset.posts || !text.trim()) return; // the page says what is missing
    event.preventDefault();
    show(button, text);
  });
}

async function show(button, text) {
  const place = button.form.querySelector("[data-previewed]");
  const body = new URLSearchParams({ text, csrfmiddlewaretoken: button.form.elements.namedItem("csrfmiddlewaretoken").value });
  try {
    const answer = await fetch(button.dataset.preview, { method: "POST", body, credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    place.querySelector(".w-md").innerHTML = await answer.text(); // sanitised by library/markdown.py
    place.hidden = false;
  } catch {
    button.dataset.posts = "1";
    button.click();
  }
}
