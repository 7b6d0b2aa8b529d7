// The page that explains a model's answer for one clip.
const player = new Player(document.getElementById("player"));
const [moment] = DATA.series.moments;
player.show(getClip(0), moment ? (moment.start + moment.end) / 2 : 0);
new Timeline(document.getElementById("timeline"), player, DATA.series);

document.querySelectorAll("button[data-time]").forEach((button) => {
  button.addEventListener("click", () => {
    player.seek(Number(button.dataset.time));
    document.getElementById("player").scrollIntoView({ block: "nearest" });
  });
});

// The skeleton with the weights between its joints: attention of a head, or edges of a subset.
class WeightPicture {
  constructor(root, layers, words) {
    this.layers = layers;
    this.words = words;
    this.layerSelect = make("select", { onchange: () => { this.offerParts(); this.draw(); } },
      ...layers.map((layer, n) => make("option", { value: n, selected: n === layers.length - 1 }, layer.name)));
    this.partSelect = make("select", { onchange: () => this.draw() });
    this.canvas = make("canvas", { class: "weights", role: "img" });
    this.list = make("ol", { class: "links" });
    root.append(
      make("div", { class: "choices" }, make("label", null, "Block ", this.layerSelect), make("label", null, `${words.part} `, this.partSelect)),
      make("div", { class: "beside" }, this.canvas, make("div", null, make("p", { class: "quiet" }, words.list), this.list)),
    );
    this.offerParts();
    redrawn.add(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  offerParts() {
    const { parts } = this.layers[Number(this.layerSelect.value)];
    this.partSelect.replaceChildren(...parts.map((part, n) => make("option", { value: n }, part.name)));
  }

  draw() {
    const clip = getClip(0);
    const { parts } = this.layers[Number(this.layerSelect.value)];
    const { weights } = parts[Number(this.partSelect.value)];
    const { joints } = clip.persons[0].layout;
    const links = [];
    weights.forEach((row, from) => row.forEach((weight, to) => { if (weight > 0) links.push([weight, from, to]); }));
    links.sort((a, b) => b[0] - a[0]);
    // Of attention, what is above even attention to all; of edges, all.
    const even = this.words.leavesOutEven ? 1 / joints.length : 0;
    const shown = links.filter(([weight]) => weight > even).slice(0, 24);
    const most = (shown.length ? shown[0][0] : 1) - even;
    const texts = shown.slice(0, 6).map(([weight, from, to]) =>
      `${from === to ? `${joints[from]} itself` : `${joints[from]} ${this.words.arrow} ${joints[to]}`}: ${weight.toFixed(2)}`);
    this.list.replaceChildren(...texts.map((text) => make("li", null, text)));
    this.canvas.setAttribute("aria-label", `${this.words.title}. ${texts.slice(0, 3).join("; ")}`);
    if (!this.canvas.clientWidth) return;
    const context = fit(this.canvas);
    const size = { canvasWidth: this.canvas.clientWidth, canvasHeight: this.canvas.clientHeight };
    const gray = { ...size, width: 2, floor: false, alpha: 0.35 };
    const frame = this.findFullFrame(clip);
    const [points] = drawScene(context, clip, frame, FRONT, gray);
    context.lineCap = "round";
    for (const [weight, from, to] of shown.reverse()) this.drawLink(context, points[from], points[to], (weight - even) / most, from === to);
  }

  findFullFrame(clip) {
    const middle = Math.floor(clip.numFrames / 2);
    for (let n = 0; n < clip.numFrames; n += 1) {
      const frame = (middle + n) % clip.numFrames;
      if (clip.countMissing(frame) === 0) return frame;
    }
    return middle;
  }

  drawLink(context, from, to, share, isOwn) {
    if (from === null || to === null) return;
    context.strokeStyle = context.fillStyle = mix(colors().low, colors().high, share);
    context.lineWidth = 0.8 + 4 * share;
    context.beginPath();
    if (isOwn) {
      context.arc(from[0], from[1], 4 + 6 * share, 0, 7);
      context.fill();
      return;
    }
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    context.moveTo(from[0], from[1]);
    context.quadraticCurveTo((from[0] + to[0]) / 2 - 0.18 * dy, (from[1] + to[1]) / 2 + 0.18 * dx, to[0], to[1]);
    context.stroke();
  }
}

const kinds = {
  attention: { title: "Attention between joints", part: "Head", arrow: "attends to", list: "Strongest, as the mean over the clip; what is above even attention is drawn:", leavesOutEven: true },
  edges: { title: "Weights of the skeleton's edges", part: "Subset", arrow: "→", list: "Largest:" },
};
document.querySelectorAll("[data-weights]").forEach((root) => {
  const [network, kind] = [Number(root.dataset.network), root.dataset.weights];
  new WeightPicture(root, DATA.networks[network][kind], kinds[kind]);
});
