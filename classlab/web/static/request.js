// A change: JSON there and back; what goes wrong is a sentence.
export async function change(address, content = {}) {
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(content),
    });
  } catch {
    return { problem: "classlab serve does not answer. Look into its terminal, and start it again." };
  }
  try {
    return await answer.json();
  } catch {
    return { problem: "classlab serve gave no answer that could be read. Reload the page." };
  }
}
