// The contact sheet of a dataset: all clips, or those of a label or with a text in their names.
const sheet = document.getElementById("sheet");
const tiles = DATA.clips.map((data, number) => ({ data, element: make("li", null, makeTile(number)) }));
sheet.append(...tiles.map((tile) => tile.element));
const labelSelect = document.getElementById("label");
const textField = document.getElementById("text");
const labels = [...new Set(DATA.clips.map((clip) => clip.label).filter((label) => label !== null))].sort();
labels.forEach((label) => labelSelect.append(make("option", { value: label }, label)));

function choose() {
  const text = textField.value.toLowerCase();
  let shown = 0;
  for (const { data, element } of tiles) {
    const words = `${data.name} ${data.subject === null ? "" : data.subject}`.toLowerCase();
    element.hidden = !((labelSelect.selectedIndex === 0 || data.label === labelSelect.value) && words.includes(text));
    shown += !element.hidden;
  }
  document.getElementById("shown").textContent = `${shown} of ${tiles.length} clips`;
}
labelSelect.addEventListener("change", choose);
textField.addEventListener("input", choose);
choose();
