// Maps of embeddings: points that show their clips.
const SHAPES = [
  (r) => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`,
  (r) => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (r) => `M0,${-1.3 * r}L${1.2 * r},${0.9 * r}H${-1.2 * r}z`,
  (r) => `M0,${-1.4 * r}L${1.4 * r},0L0,${1.4 * r}L${-1.4 * r},0z`,
  (r) => `M0,${1.3 * r}L${1.2 * r},${-0.9 * r}H${-1.2 * r}z`,
];

class EmbeddingMap {
  constructor(root, data) {
    this.run = DATA.runs[data.run];
    const byName = new Map(this.run.answers.map((answer) => [answer[0], answer]));
    this.points = data.names.map((name, n) => ({ answer: byName.get(name), place: data.places[n] })).filter((point) => point.answer);
    this.points.sort((one, other) => one.place[0] - other.place[0]);
    this.svg = makeSvg("svg", { class: "map", viewBox: "-12 -12 624 424", tabindex: "0", role: "application", "aria-roledescription": "map", "aria-label": `Map of ${this.points.length} clips of ${this.run.name}; the arrow keys go through them from left to right, Enter opens one` });
    this.picture = make("canvas", { class: "preview", "aria-hidden": "true" });
    this.words = make("p", { class: "preview-words", "aria-live": "polite" });
    root.append(
      make("h3", { hidden: DATA.runs.length === 1 }, isolate(this.run.name)),
      make("div", { class: "beside map-side" }, this.svg, make("div", null, this.picture, this.words, this.legend())));
    this.drawPoints();
    this.listen();
    if (this.points.length) new ResizeObserver(() => this.choose(this.chosen === undefined ? this.findFirst() : this.chosen)).observe(this.picture);
    redrawn.add(() => { if (this.chosen !== undefined) this.choose(this.chosen); });
  }

  legend() {
    const keys = this.run.classes.map((name, n) => {
      const icon = makeSvg("svg", { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" });
      icon.append(makeSvg("path", { d: this.shape(n), fill: this.color(n) }));
      return make("span", { class: "key" }, icon, isolate(name));
    });
    return make("p", { class: "legend" }, ...keys);
  }

  color(n) { return COLORS[n % COLORS.length]; }

  shape(n) { return SHAPES[n % SHAPES.length](5); }

  drawPoints() {
    const ends = [0, 1].map((axis) => {
      const values = this.points.map((point) => point.place[axis]);
      return [Math.min(...values), Math.max(...values)];
    });
    const spread = (value, [low, high], length) => ((value - low) / (high - low || 1)) * length;
    this.marks = this.points.map(({ answer, place }, n) => {
      const [x, y] = [spread(place[0], ends[0], 600), 400 - spread(place[1], ends[1], 400)];
      const [, truth, predicted] = answer;
      const isRight = truth === predicted;
      const mark = makeSvg("path", { d: this.shape(truth), transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, fill: isRight ? this.color(truth) : "transparent", stroke: this.color(truth), "stroke-width": isRight ? 0.5 : 2, class: "point" });
      mark.addEventListener("pointerenter", () => this.choose(n));
      mark.addEventListener("click", () => this.open(n));
      return mark;
    });
    this.svg.append(...this.marks);
  }

  listen() {
    this.svg.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      if (event.key in steps) {
        const count = this.points.length;
        this.choose(this.chosen === undefined ? 0 : (this.chosen + steps[event.key] + count) % count);
      } else if (event.key === "Enter" && this.chosen !== undefined) this.open(this.chosen);
      else return;
      event.preventDefault();
    });
  }

  // The first point whose recording is on the page.
  findFirst() { return Math.max(0, this.points.findIndex((point) => point.answer[5] !== null)); }

  choose(n) {
    if (this.chosen !== undefined) this.marks[this.chosen].classList.remove("chosen");
    this.chosen = n;
    this.marks[n].classList.add("chosen");
    const [name, truth, predicted, probability, subject, number] = this.points[n].answer;
    const { classes } = this.run;
    this.words.replaceChildren(
      make("strong", null, isolate(classes[truth])), truth === predicted ? ", answered so with " : ", answered ",
      ...(truth === predicted ? [] : [isolate(classes[predicted]), " with "]), formatPercent(probability), make("br"),
      isolate(name), subject === null ? "" : ` (${subject})`, number === null ? "; its recording is not on this page" : "");
    if (number === null) fit(this.picture);
    else drawPicture(this.picture, getClip(number), Math.floor(getClip(number).numFrames / 2));
  }

  open(n) {
    this.choose(n);
    openAnswers(this.run, [this.points[n].answer], [isolate(this.run.classes[this.points[n].answer[1]])], 1);
  }
}

DATA.maps.forEach((data) => new EmbeddingMap(document.getElementById("maps"), data));
