// A sheet of small pictures, of which each opens in the player; and the dialog that shows it.
const dialog = document.getElementById("clip-dialog");
let dialogPlayer = null;

// Open a clip large; `number` is that of DATA.clips.
function openClip(number, facts) {
  const { data } = getClip(number);
  document.getElementById("clip-title").replaceChildren(isolate(data.name));
  const texts = [data.label === null ? null : ["label", data.label], data.subject === null ? null : ["subject", data.subject], ...(facts || [])];
  document.getElementById("clip-facts").replaceChildren(
    ...texts.filter((one) => one !== null).flatMap(([name, value]) => [make("dt", null, name), make("dd", null, isolate(value))]));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  if (dialogPlayer === null) dialogPlayer = new Player(document.getElementById("clip-player"));
  dialogPlayer.show(getClip(number));
}

if (dialog) {
  dialog.addEventListener("close", () => { if (dialogPlayer !== null) dialogPlayer.pause(); });
  document.getElementById("clip-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

// Small pictures are drawn when they come into view, and move while one points at them.
const pictures = new Map();
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) { pictures.get(target)(); watcher.unobserve(target); }
  }
}, { rootMargin: "300px" });

function makePicture(number, button) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  let frame = null;
  let began = null;
  const draw = () => {
    const clip = getClip(number);
    drawPicture(canvas, clip, frame === null ? Math.floor(clip.numFrames / 2) : frame);
  };
  const advance = (now) => {
    if (began === null) return;
    const clip = getClip(number);
    frame = (((now - began) / 1000) * clip.fps) % Math.max(clip.numFrames - 1, 1);
    draw();
    requestAnimationFrame(advance);
  };
  const begin = () => { if (began === null) { began = performance.now(); requestAnimationFrame(advance); } };
  const end = () => { began = null; frame = null; draw(); };
  button.addEventListener("pointerenter", begin);
  button.addEventListener("pointerleave", end);
  button.addEventListener("focus", () => { if (button.matches(":focus-visible") && !matchMedia("(prefers-reduced-motion: reduce)").matches) begin(); });
  button.addEventListener("blur", end);
  pictures.set(canvas, draw);
  redrawn.add(draw);
  watcher.observe(canvas);
  return canvas;
}

// Both ends of a long name: clips of a take differ in the last letters.
function shorten(name) {
  const letters = Array.from(name);
  return letters.length <= 40 ? name : `${letters.slice(0, 18).join("")}…${letters.slice(-20).join("")}`;
}

function makeTile(number, facts) {
  const data = DATA.clips[number];
  const button = make("button", { type: "button", class: "tile", title: data.name, onclick: () => openClip(number, facts) });
  button.append(makePicture(number, button), make("strong", null, isolate(data.label === null ? "no label" : data.label)), make("span", null, isolate(shorten(data.name))));
  if (data.subject !== null) button.append(make("span", { class: "quiet" }, isolate(data.subject)));
  return button;
}
