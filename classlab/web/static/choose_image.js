// Goes to the page of the image that was chosen; the page's policy lets no form be sent.
for (const form of document.querySelectorAll("form[data-choose]")) {
  const { split, index } = form.elements;
  const bound = () => {
    index.max = split.selectedOptions[0].dataset.last;
    form.querySelector("#last").textContent = index.max;
  };
  split.addEventListener("change", bound);
  bound(); // a browser that comes back keeps the split that was chosen
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(`${form.dataset.choose}/${split.value}/${Number(index.value)}`);
  });
}
