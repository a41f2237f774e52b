// Light or dark as the reader's system is, and the document's own title.
const page = document.querySelector("rapi-doc");
const dark = matchMedia("(prefers-color-scheme: dark)");

function dress() {
  page.setAttribute("theme", dark.matches ? "dark" : "light");
  page.setAttribute("bg-color", dark.matches ? "#15191b" : "#ffffff");
  page.setAttribute("text-color", dark.matches ? "#e4e9e7" : "#1b1f1e");
  page.setAttribute("primary-color", dark.matches ? "#58c2a6" : "#1f6f5c");
}

dress();
dark.addEventListener("change", dress);
page.addEventListener("spec-loaded", (event) => {
  const title = event.detail?.info?.title;
  if (title) document.title = title;
});
