// Goes to the page of the image that was chosen; the page's policy lets no form be sent.
for (const form of document.querySelectorAll("form[data-choose]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    location.assign(`${form.dataset.choose}/${chosen.get("split")}/${Number(chosen.get("index"))}`);
  });
}
