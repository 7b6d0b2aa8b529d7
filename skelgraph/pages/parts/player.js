// The player: plays, scrubs, changes speed and turns, by pointer and by keys.
const KEYS = "Keys: space plays, comma and period step by a frame, plus and minus zoom";
let numPlayers = 0;

class Player {
  constructor(root, options) {
    this.root = root;
    this.options = { heading: true, ...options };
    this.time = 0;
    this.isPlaying = false;
    this.speed = 1;
    this.view = { ...FRONT };
    this.mode = "sides";
    this.build();
    redrawn.add(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  build() {
    this.canvas = make("canvas", { class: "scene", tabindex: "0", role: "application", "aria-roledescription": "skeleton player" });
    this.video = make("video", { muted: true, playsinline: true, preload: "metadata", hidden: true });
    this.video.muted = true;
    this.playButton = make("button", { type: "button", class: "play", onclick: () => this.toggle() });
    this.slider = make("input", { type: "range", min: "0", step: "any", "aria-label": "Time", oninput: () => this.seek(Number(this.slider.value)) });
    this.clock = make("output", { class: "clock", "aria-live": "off" });
    const speeds = [0.25, 0.5, 1, 2].map((speed) => make("option", { value: speed, selected: speed === 1 }, `${speed} ×`));
    this.speedSelect = make("select", { onchange: () => { this.speed = Number(this.speedSelect.value); this.video.playbackRate = this.speed; } }, ...speeds);
    this.modeSelect = make("select", { onchange: () => { this.mode = this.modeSelect.value; this.showLegend(); this.draw(); } });
    this.turnSlider = make("input", { type: "range", min: "-180", max: "180", step: "1", oninput: () => { this.view.turn = (Number(this.turnSlider.value) * Math.PI) / 180; this.draw(); } });
    this.namesBox = make("input", { type: "checkbox", onchange: () => this.draw() });
    this.followBox = make("input", { type: "checkbox", onchange: () => this.draw() });
    this.turnLabel = make("label", null, "Turn ", this.turnSlider);
    this.followLabel = make("label", { class: "tick" }, this.followBox, " Follow");
    this.legend = make("p", { class: "legend" });
    this.hint = make("p", { class: "hint", id: `keys-${(numPlayers += 1)}` });
    this.canvas.setAttribute("aria-describedby", this.hint.id);
    this.root.classList.add("player");
    this.root.append(
      make("div", { class: "stage" }, this.canvas, this.video),
      make("div", { class: "transport" }, this.playButton, this.slider, this.clock),
      make("div", { class: "choices" },
        make("label", null, "Speed ", this.speedSelect),
        make("label", null, "Color ", this.modeSelect),
        this.turnLabel,
        make("label", { class: "tick" }, this.namesBox, " Joint names"),
        this.followLabel),
      this.legend,
      this.hint,
    );
    this.listen();
  }

  listen() {
    this.root.addEventListener("keydown", (event) => this.press(event));
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.drag = [event.clientX, event.clientY];
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!this.drag || this.clip.dimensions !== 3) return;
      this.turn((event.clientX - this.drag[0]) / 120, (event.clientY - this.drag[1]) / 160);
      this.drag = [event.clientX, event.clientY];
    });
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => { this.drag = null; });
    this.video.addEventListener("error", () => { this.video.hidden = true; this.root.classList.remove("with-video"); });
  }

  // Show a clip from its start, or a moment of it.
  show(clip, time) {
    this.pause();
    this.clip = clip;
    const name = clip.data.name || "clip";
    const deep = clip.dimensions === 3;
    this.view = deep ? { ...OBLIQUE } : { ...FRONT };
    this.turnSlider.value = Math.round((this.view.turn * 180) / Math.PI);
    this.turnLabel.hidden = !deep;
    this.canvas.setAttribute("aria-label", `${name}: ${clip.persons.length === 1 ? "one skeleton" : `${clip.persons.length} skeletons`} in ${clip.dimensions}D, ${formatTime(clip.duration)} long`);
    this.hint.textContent = deep ? `Drag or use the arrow keys to turn. ${KEYS}.` : `${KEYS}.`;
    this.slider.max = clip.duration;
    this.slider.disabled = this.playButton.disabled = clip.numFrames < 2;
    this.offerModes();
    this.showVideo();
    this.seek(time || 0);
  }

  offerModes() {
    const { clip } = this;
    const modes = [["sides", "left and right"]];
    if (clip.persons.length > 1) modes.unshift(["persons", "persons"]);
    if (clip.hasConfidence) modes.push(["confidence", "confidence"]);
    clip.values.forEach((one, number) => modes.push([`value-${number}`, one.name]));
    const first = clip.values.length ? "value-0" : modes[0][0];
    this.mode = modes.some(([mode]) => mode === this.mode) && this.mode !== "sides" ? this.mode : first;
    this.modeSelect.replaceChildren(...modes.map(([mode, name]) => make("option", { value: mode, selected: mode === this.mode }, name)));
    this.showLegend();
  }

  showLegend() {
    const swatch = (color, text) => make("span", { class: "key" }, make("i", { style: `background:${color}` }), text);
    const bar = (from, middle, to, low, high) => make("span", { class: "key" }, low, make("i", { class: "ramp", style: `background:linear-gradient(90deg, ${from}, ${middle}, ${to})` }), high);
    const keys = [];
    if (this.mode === "sides") keys.push(swatch("var(--left)", "left"), swatch("var(--right)", "right"), swatch("var(--middle)", "middle"));
    if (this.mode === "persons") this.clip.persons.forEach((person, n) => keys.push(swatch(COLORS[n % COLORS.length], person.name || `person ${n + 1}`)));
    if (this.mode === "confidence") keys.push(bar("var(--low)", "color-mix(in srgb, var(--low), var(--high))", "var(--high)", "unsure", "sure"));
    if (this.mode.startsWith("value-")) {
      const one = this.clip.values[Number(this.mode.slice(6))];
      keys.push(one.signed ? bar("var(--minus)", "var(--zero)", "var(--plus)", "speaks against", "speaks for")
        : bar("var(--low)", "color-mix(in srgb, var(--low), var(--high))", "var(--high)", "little", "much"));
    }
    if (this.clip.fps < this.clip.data.recordedFps) keys.push(make("span", { class: "key" }, `${this.clip.fps.toFixed(0)} of ${this.clip.data.recordedFps.toFixed(0)} frames a second are shown`));
    this.legend.replaceChildren(...keys);
  }

  showVideo() {
    const { video } = this.clip.data;
    this.video.hidden = !video;
    this.root.classList.toggle("with-video", Boolean(video));
    if (video) {
      this.video.src = video;
      this.video.setAttribute("aria-label", `Video of ${this.clip.data.name}`);
    } else this.video.removeAttribute("src");
  }

  press(event) {
    const inField = event.target !== this.canvas && /^(INPUT|SELECT|BUTTON|A)$/.test(event.target.tagName);
    if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 1 / this.clip.fps;
    const actions = {
      " ": () => this.toggle(), k: () => this.toggle(),
      ",": () => this.step(-step), ".": () => this.step(step),
      Home: () => this.seek(0), End: () => this.seek(this.clip.duration),
      ArrowLeft: () => this.turn(-0.12, 0), ArrowRight: () => this.turn(0.12, 0),
      ArrowUp: () => this.turn(0, -0.08), ArrowDown: () => this.turn(0, 0.08),
      "+": () => this.zoom(1.15), "=": () => this.zoom(1.15), "-": () => this.zoom(1 / 1.15),
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  }

  turn(across, down) {
    if (this.clip.dimensions !== 3) { this.step(Math.sign(across) / this.clip.fps); return; }
    const full = 2 * Math.PI;
    this.view.turn = ((((this.view.turn + across + Math.PI) % full) + full) % full) - Math.PI;
    this.view.tilt = Math.max(-1.2, Math.min(1.5, this.view.tilt + down));
    this.turnSlider.value = Math.round((this.view.turn * 180) / Math.PI);
    this.draw();
  }

  zoom(factor) { this.view.zoom = Math.max(0.3, Math.min(8, this.view.zoom * factor)); this.draw(); }

  step(seconds) { this.pause(); this.seek((Math.round(this.time * this.clip.fps) + Math.round(seconds * this.clip.fps)) / this.clip.fps); }

  toggle() { if (this.isPlaying) this.pause(); else this.play(); }

  play() {
    if (this.clip.numFrames < 2) return;
    if (this.time >= this.clip.duration - 1e-6) this.seek(0);
    this.isPlaying = true;
    this.before = null;
    if (!this.video.hidden) this.video.play().catch(() => this.pause());
    this.showState();
    requestAnimationFrame((now) => this.advance(now));
  }

  pause() {
    this.isPlaying = false;
    if (!this.video.paused) this.video.pause();
    if (this.clip) this.showState();
  }

  advance(now) {
    if (!this.isPlaying || !this.canvas.isConnected) { this.isPlaying = false; return; }
    const passed = this.before === null ? 0 : ((now - this.before) / 1000) * this.speed;
    this.before = now;
    const followsVideo = !this.video.hidden && this.video.readyState > 1;
    this.time = followsVideo ? this.video.currentTime - this.clip.data.start : this.time + Math.min(passed, 0.5);
    if (this.time >= this.clip.duration || (followsVideo && this.video.ended)) {
      this.time = Math.min(this.time, this.clip.duration);
      this.pause();
    }
    this.draw();
    requestAnimationFrame((then) => this.advance(then));
  }

  // Go to a time in seconds from the clip's start.
  seek(time) {
    this.time = Math.max(0, Math.min(this.clip.duration, time));
    if (!this.video.hidden) this.video.currentTime = this.clip.data.start + this.time;
    this.showState();
    this.draw();
  }

  showState() {
    const says = this.isPlaying ? "Pause" : "Play";
    this.playButton.textContent = says;
    this.playButton.dataset.state = this.isPlaying ? "playing" : "paused";
    const missing = this.clip.countMissing(Math.floor(this.time * this.clip.fps + 1e-6));
    const gaps = missing ? `, ${missing} joints missing` : "";
    this.slider.setAttribute("aria-valuetext", `${formatTime(this.time)} of ${formatTime(this.clip.duration)}${gaps}`);
  }

  draw() {
    if (!this.clip || !this.canvas.clientWidth) return;
    const frameTime = this.time * this.clip.fps;
    const exact = this.isPlaying ? Math.min(frameTime, this.clip.numFrames - 1) : Math.floor(frameTime + 1e-6);
    const context = fit(this.canvas);
    drawScene(context, this.clip, exact, this.view, {
      canvasWidth: this.canvas.clientWidth,
      canvasHeight: this.canvas.clientHeight,
      mode: this.mode,
      width: Math.max(2.5, Math.min(5, this.canvas.clientHeight / 110)),
      names: this.namesBox.checked,
      center: this.followBox.checked ? this.clip.middle(exact) : null,
    });
    this.slider.value = this.time;
    this.slider.style.setProperty("--share", `${(100 * this.time) / (this.clip.duration || 1)}%`);
    this.clock.textContent = `${this.time.toFixed(2)} / ${formatTime(this.clip.duration)}`;
    this.root.dispatchEvent(new CustomEvent("moved", { detail: this.time }));
  }
}
