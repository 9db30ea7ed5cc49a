// The form: what it comes to while somebody types, errors beside their fields, and the start.
import { change } from "./request.js";

const WAIT = 250; // milliseconds without a key before the server is asked
const form = document.getElementById("form");
const part = (id) => document.getElementById(id);
const touched = new Set();
let timer;
let asked = 0;

// Links to fields; one in the folded part opens it.
function listed(names) {
  const links = names.map((name) => {
    const link = document.createElement("a");
    link.href = `#${name}`;
    link.textContent = form.querySelector(`label[for="${name}"]`)?.textContent ?? name;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      unfold(part(name));
      part(name)?.focus();
    });
    return link;
  });
  return links.flatMap((link, place) => (place ? [", ", link] : [link]));
}

function unfold(input) {
  const folded = input?.closest("details");
  if (folded) folded.open = true;
}

const texts = () => Object.fromEntries(new FormData(form));

function tell(answer, all) {
  for (const input of form.querySelectorAll("input")) {
    const sentence = all || input.value.trim() || touched.has(input.name) ? (answer.errors?.[input.name] ?? "") : "";
    part(`${input.name}-problem`).textContent = sentence;
    if (sentence) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  for (const [id, words] of [["replace", `Replace study ${answer.replaces}`], ["rename", `Start it as ${answer.another}`]]) {
    part(id).hidden = !answer.replaces;
    part(id).textContent = answer.replaces ? words : "";
  }
  part("rename").dataset.name = answer.another ?? "";
  const own = Object.keys(answer.errors ?? {}).length > 0;
  part("refusal").textContent = answer.problem && (all || !own) ? answer.problem : "";
  if (answer.text !== undefined) part("study-file").textContent = answer.text;
  const wrong = Object.keys(answer.errors ?? {}).filter((name) => all || part(name)?.value.trim());
  part("to-mend").replaceChildren(...(wrong.length ? ["Mend first: ", ...listed(wrong), "."] : []));
  const missing = ["name", "data"].filter((name) => !part(name).value.trim());
  part("expected-size").textContent =
    answer.size ?? (missing.length ? `Give ${missing.join(" and ")}.` : "");
  part("expected-time").textContent = answer.time ?? "";
  part("expected-notices").replaceChildren(
    ...(answer.notices ?? []).map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    }),
  );
}

async function preview() {
  const mine = ++asked;
  const answer = await change("/start/preview", texts());
  if (mine === asked) tell(answer, false); // else a later one is on its way
}

form.addEventListener("input", (event) => {
  touched.add(event.target.name);
  clearTimeout(timer);
  timer = setTimeout(preview, WAIT);
});
part("replace").addEventListener("click", () => send({ replace: [part("name").value.trim()] }));
part("rename").addEventListener("click", () => {
  part("name").value = part("rename").dataset.name;
  send();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

// `replace` names the study that may be replaced: only what was asked about.
async function send(more = {}) {
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  clearTimeout(timer);
  asked += 1;
  const answer = await change("/start", { ...texts(), ...more });
  if (answer.study) {
    location.assign(answer.study);
    return;
  }
  button.disabled = false;
  tell(answer, true);
  for (const input of form.querySelectorAll('[aria-invalid="true"]')) {
    unfold(input);
  }
  form.querySelector('[aria-invalid="true"]')?.focus();
}
if (Object.values(texts()).some(Boolean)) preview();
