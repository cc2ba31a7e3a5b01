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

// What a list found by typing says; the theme loads its English only.
document.addEventListener("DOMContentLoaded", () => {
  const select2 = window.django?.jQuery?.fn.select2;
  if (!select2 || document.documentElement.lang !== "zh-hans") return;
  select2.defaults.set("language", {
    errorLoading: () => "无法载入结果。",
    loadingMore: () => "正在载入更多结果…",
    noResults: () => "没有找到。",
    searching: () => "正在查找…",
    removeAllItems: () => "清除",
  });
});
