// Probabilities over time and the moments that counted, above one another with a map of the joints.
const DASHES = ["", "7 4", "2 4", "9 3 2 3", "4 3", "12 4", "1 3", "6 2 1 2"];
const SIDE = 112;

class Timeline {
  // `series` has times and probabilities (n, K) from the clip's start; a click goes to the instant.
  constructor(root, player, series) {
    this.root = root;
    this.player = player;
    this.series = series;
    this.svg = makeSvg("svg", { class: "curves", role: "img", "aria-label": this.describe() });
    this.map = make("canvas", { class: "joint-map", role: "img" });
    this.heads = [];
    root.append(this.svg, this.legend(), this.map);
    for (const element of [this.svg, this.map]) {
      element.addEventListener("click", (event) => {
        const box = element.getBoundingClientRect();
        player.seek(((event.clientX - box.left - SIDE) / (box.width - SIDE)) * player.clip.duration);
      });
    }
    player.root.addEventListener("moved", () => this.move());
    player.modeSelect.addEventListener("change", () => this.drawMap());
    redrawn.add(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(root);
  }

  describe() {
    const { classes, times, probabilities } = this.series;
    if (!times.length) return "No probabilities over time: the clip is too short for windows.";
    const best = probabilities.map((row) => row.indexOf(Math.max(...row)));
    const parts = [];
    best.forEach((which, n) => { if (n === 0 || which !== best[n - 1]) parts.push(`${classes[which]} from ${formatTime(times[n])}`); });
    return `Most probable over time: ${parts.slice(0, 12).join(", ")}.`;
  }

  legend() {
    const keys = this.series.classes.map((name, n) => {
      const line = makeSvg("svg", { width: 28, height: 8, "aria-hidden": "true" });
      line.append(makeSvg("line", { x1: 0, x2: 28, y1: 4, y2: 4, ...this.stroke(n) }));
      return make("span", { class: "key" }, line, isolate(name));
    });
    return make("p", { class: "legend", hidden: !this.series.times.length }, ...keys);
  }

  stroke(n) {
    return { stroke: COLORS[n % COLORS.length], "stroke-width": 2.5, "stroke-dasharray": DASHES[n % DASHES.length], fill: "none" };
  }

  x(time) { return SIDE + (this.width - SIDE) * (time / (this.player.clip.duration || 1)); }

  draw() {
    this.width = Math.max(this.root.clientWidth, SIDE + 50);
    this.drawCurves();
    this.drawMap();
    this.move();
  }

  drawCurves() {
    const { times, probabilities, classes, moments } = this.series;
    const height = times.length ? 190 : 46;
    const top = 20;
    const y = (share) => top + (height - top - 22) * (1 - share);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
    this.svg.replaceChildren();
    moments.forEach((moment, n) => {
      const [left, right] = [this.x(moment.start), this.x(Math.min(moment.end, this.player.clip.duration))];
      this.svg.append(makeSvg("rect", { class: "moment", x: left, y: top, width: Math.max(right - left, 2), height: height - top - 20 }));
      this.svg.append(makeSvg("text", { class: "moment-number", x: (left + right) / 2, y: top - 6, "text-anchor": "middle" }, n + 1));
    });
    if (times.length) {
      for (const share of [0, 0.5, 1]) {
        this.svg.append(makeSvg("line", { class: "grid", x1: SIDE, x2: this.width, y1: y(share), y2: y(share) }));
        this.svg.append(makeSvg("text", { class: "tick-text", x: SIDE - 8, y: y(share) + 4, "text-anchor": "end" }, formatPercent(share)));
      }
      classes.forEach((_, n) => {
        const points = times.map((time, k) => `${this.x(time).toFixed(1)},${y(probabilities[k][n]).toFixed(1)}`);
        this.svg.append(makeSvg("polyline", { points: points.join(" "), ...this.stroke(n) }));
      });
    }
    const step = [0.5, 1, 2, 5, 10, 20].find((one) => this.player.clip.duration / one <= this.width / 90) || 30;
    for (let time = 0; time <= this.player.clip.duration; time += step) {
      this.svg.append(makeSvg("text", { class: "tick-text", x: Math.min(this.x(time), this.width - 14), y: height - 5, "text-anchor": "middle" }, `${time} s`));
    }
    this.head = makeSvg("line", { class: "head", y1: top - 2, y2: height - 20 });
    this.svg.append(this.head);
  }

  // A row for each joint, a column for each frame, in the colors that the player has.
  drawMap() {
    const { clip, mode } = this.player;
    const person = clip.persons[0];
    this.map.hidden = !mode.startsWith("value-");
    if (this.map.hidden || !this.width) return;
    const which = Number(mode.slice(6));
    const row = person.numJoints > 30 ? 6 : 15;
    this.map.style.height = `${row * person.numJoints}px`;
    this.map.setAttribute("aria-label", `${clip.values[which].name} of each joint over time. ${this.nameStrongest(which)}`);
    const context = fit(this.map);
    const step = (this.width - SIDE) / person.numFrames;
    for (let joint = 0; joint < person.numJoints; joint += 1) {
      for (let frame = 0; frame < person.numFrames; frame += 1) {
        context.fillStyle = shadeValue(clip.value(which, frame, joint), clip.values[which].signed);
        context.fillRect(SIDE + frame * step, joint * row, step + 0.6, row - 1);
      }
      if (row < 10) continue;
      context.fillStyle = colors().soft;
      context.font = "12px system-ui, sans-serif";
      context.textAlign = "right";
      context.fillText(person.layout.joints[joint], SIDE - 8, joint * row + 11, SIDE - 10);
    }
  }

  nameStrongest(which) {
    const { clip } = this.player;
    const person = clip.persons[0];
    const sums = person.layout.joints.map((name, joint) => {
      let sum = 0;
      for (let frame = 0; frame < person.numFrames; frame += 1) sum += Math.abs(clip.value(which, frame, joint));
      return [sum, name];
    });
    sums.sort((a, b) => b[0] - a[0]);
    return `Strongest: ${sums.slice(0, 3).map((one) => one[1]).join(", ")}.`;
  }

  move() {
    if (!this.head) return;
    const x = this.x(this.player.time);
    this.head.setAttribute("x1", x);
    this.head.setAttribute("x2", x);
  }
}
