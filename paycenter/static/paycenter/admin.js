// Prints the page.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// Copies a number and shows for a moment that it did.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  const icon = button.querySelector(".material-symbols-outlined");
  await navigator.clipboard.writeText(button.dataset.copy);
  icon.textContent = "check";
  setTimeout(() => { icon.textContent = "content_copy"; }, 1200);
});
