const box = document.getElementById("search");
box.closest("label").hidden = false;
box.addEventListener("input", () => {
  const wanted = box.value.toLowerCase();
  for (const item of document.querySelectorAll("[data-item]")) item.hidden = !item.textContent.toLowerCase().includes(wanted);
});
