// Binds the "Select all" box of the export page; the package would do it by an inline handler.

const toggle = document.getElementById("select-all-toggle");

toggle?.addEventListener("change", () => {
  for (const box of document.querySelectorAll('.selectable-field-export-row input[type="checkbox"]')) {
    box.checked = toggle.checked;
  }
});
