// Cells of confusion matrices, which open the clips behind them.
function describeAnswer(run, answer) {
  const [, , predicted, probability, , , text] = answer;
  const facts = [["answer", `${run.classes[predicted]}, ${formatPercent(probability)}`]];
  if (text !== null) facts.push(["says", text]);
  return facts;
}

function listClip(run, answer) {
  const [name, , , probability, subject, number] = answer;
  if (number !== null) {
    const tile = makeTile(number, describeAnswer(run, answer));
    tile.append(make("span", { class: "quiet" }, formatPercent(probability)));
    return make("li", null, tile);
  }
  const item = make("li", { class: "plain" }, make("span", null, isolate(name)));
  if (subject !== null) item.append(make("span", { class: "quiet" }, isolate(subject)));
  item.append(make("span", { class: "quiet" }, formatPercent(probability)));
  return item;
}

// Show the dialog with some clips, the first of which plays.
function openAnswers(run, answers, title, count) {
  document.getElementById("cell-title").replaceChildren(...title);
  document.getElementById("cell-clips").replaceChildren(...(answers.length > 1 ? answers.map((answer) => listClip(run, answer)) : []));
  if (count > answers.length) document.getElementById("cell-clips").append(make("li", { class: "plain" }, `and ${count - answers.length} more, which are not listed`));
  const first = answers.find((answer) => answer[5] !== null);
  const hasNone = first === undefined;
  for (const id of ["clip-player", "clip-facts", "clip-title"]) document.getElementById(id).hidden = hasNone;
  if (!dialog.open) dialog.showModal();
  if (!hasNone) openClip(first[5], describeAnswer(run, first));
  dialog.scrollTop = 0;
}

document.querySelectorAll("button.cell").forEach((button) => {
  button.addEventListener("click", () => {
    const run = DATA.runs[Number(button.dataset.run)];
    const [truth, predicted] = [Number(button.dataset.true), Number(button.dataset.predicted)];
    const answers = run.answers.filter((answer) => answer[1] === truth && answer[2] === predicted);
    answers.sort((one, other) => (one[5] === null) - (other[5] === null) || other[3] - one[3]);
    const count = Number(button.textContent);
    const clips = `: ${count} ${count === 1 ? "clip" : "clips"}`;
    openAnswers(run, answers, [isolate(run.classes[truth]), " answered as ", isolate(run.classes[predicted]), clips], count);
  });
});
