// Drawing a clip at an instant, from a side: used by the player and by the small pictures.
const FRONT = { turn: 0, tilt: 0, zoom: 1 };
const OBLIQUE = { turn: 0.45, tilt: 0.14, zoom: 1 };

// A function from a place [x, y, z] to [x, y, depth] on a canvas.
function project(clip, view, width, height, center) {
  const sizes = center ? clip.reach : clip.bounds.map(([low, high]) => (high - low) / 2);
  const half = sizes.map((size) => Math.max(size, 1e-9));
  const middle = center || clip.bounds.map(([low, high]) => (low + high) / 2);
  const across = clip.dimensions === 3 ? Math.hypot(half[0], half[2]) : half[0];
  const high = clip.dimensions === 3 ? half[1] + 0.25 * across * Math.abs(Math.sin(view.tilt)) : half[1];
  const scale = view.zoom * 0.86 * Math.min(width / (2 * across), height / (2 * high));
  const yaw = clip.data.yaw + view.turn;
  const [cos, sin, rise, level] = [Math.cos(yaw), Math.sin(yaw), Math.sin(view.tilt), Math.cos(view.tilt)];
  return ([x, y, z]) => {
    const [dx, dy, dz] = [x - middle[0], y - middle[1], z - middle[2]];
    const flat = cos * dx + sin * dz;
    const toward = -sin * dx + cos * dz;
    return [width / 2 + scale * flat, height / 2 - scale * (level * dy - rise * toward), rise * dy + level * toward];
  };
}

function drawFloor(context, clip, place) {
  const [xs, ys, zs] = clip.bounds;
  const span = Math.max(xs[1] - xs[0], zs[1] - zs[0], (ys[1] - ys[0]) / 2);
  const step = span / 4;
  const [left, back] = [(xs[0] + xs[1]) / 2 - 0.75 * span, (zs[0] + zs[1]) / 2 - 0.75 * span];
  context.strokeStyle = colors().grid;
  context.lineWidth = 1;
  context.beginPath();
  for (let n = 0; n <= 6; n += 1) {
    const ends = [
      [[left + n * step, ys[0], back], [left + n * step, ys[0], back + 6 * step]],
      [[left, ys[0], back + n * step], [left + 6 * step, ys[0], back + n * step]],
    ];
    for (const [from, to] of ends) {
      context.moveTo(...place(from).slice(0, 2));
      context.lineTo(...place(to).slice(0, 2));
    }
  }
  context.stroke();
}

// What color a joint has: by side, by person, by confidence, or by one of the clip's values.
function paint(clip, number, joint, frame, mode) {
  const person = clip.persons[number];
  const { left, right, middle, bone } = colors();
  if (mode === "confidence" && person.confidence !== null) {
    return { color: shade(person.surety(frame, joint), false), size: 1 };
  }
  if (mode === "persons") return { color: COLORS[number % COLORS.length], size: 1 };
  if (mode.startsWith("value-")) {
    if (number) return { color: bone, size: 0.7 };
    const which = Number(mode.slice(6));
    const value = clip.value(which, frame, joint);
    return { color: shadeValue(value, clip.values[which].signed), size: 0.8 + 2.2 * Math.sqrt(Math.abs(value)) };
  }
  return { color: [left, middle, right][person.layout.sides[joint] + 1], size: 1 };
}

function drawPerson(context, clip, number, time, place, options) {
  const person = clip.persons[number];
  const frame = Math.floor(time);
  const points = person.layout.joints.map((_, joint) => {
    const where = person.placeBetween(time, joint);
    return where === null ? null : place(where);
  });
  const paints = points.map((_, joint) => paint(clip, number, joint, frame, options.mode));
  const byValue = options.mode.startsWith("value-");
  const width = options.width * (person.numJoints > 45 ? 0.6 : 1);
  const line = (a, b, dash, factor) => {
    if (points[a] === null || points[b] === null) return;
    context.strokeStyle = byValue ? colors().bone : paints[a].color;
    context.lineWidth = factor * width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(points[a][0], points[a][1]);
    context.lineTo(points[b][0], points[b][1]);
    context.stroke();
  };
  context.lineCap = "round";
  context.globalAlpha = options.alpha;
  const bones = person.layout.bones.filter(([a, b]) => points[a] !== null && points[b] !== null);
  bones.sort((one, other) => points[one[0]][2] + points[one[1]][2] - points[other[0]][2] - points[other[1]][2]);
  for (const [child, parent] of bones) line(child, parent, person.layout.added.includes(child) ? [2, 5] : [], 1);
  for (const [a, b] of person.layout.extra) line(a, b, [5, 5], 0.6);
  context.setLineDash([]);
  const order = points.map((_, joint) => joint).filter((joint) => points[joint] !== null);
  order.sort((a, b) => points[a][2] - points[b][2]);
  for (const joint of order) {
    context.fillStyle = paints[joint].color;
    context.beginPath();
    context.arc(points[joint][0], points[joint][1], 1.15 * width * paints[joint].size, 0, 7);
    context.fill();
  }
  context.globalAlpha = 1;
  if (options.names) drawNames(context, person.layout, points);
  return points;
}

function drawNames(context, layout, points) {
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = colors().soft;
  context.textAlign = "left";
  layout.joints.forEach((name, joint) => {
    if (points[joint] !== null) context.fillText(name, points[joint][0] + 8, points[joint][1] - 6);
  });
}

// Draw all persons; return the points of each.
function drawScene(context, clip, time, view, options) {
  const settings = { mode: "sides", width: 3, names: false, floor: true, alpha: 1, center: null, ...options };
  const place = project(clip, view, settings.canvasWidth, settings.canvasHeight, settings.center);
  if (settings.floor && clip.dimensions === 3) drawFloor(context, clip, place);
  return clip.persons.map((_, number) => drawPerson(context, clip, number, time, place, settings));
}

function drawPicture(canvas, clip, time) {
  const context = fit(canvas);
  const size = { canvasWidth: canvas.clientWidth, canvasHeight: canvas.clientHeight, width: 2.2 };
  const mode = clip.persons.length > 1 ? "persons" : "sides";
  if (clip.persons.length === 1) size.center = clip.middle(time);
  drawScene(context, clip, time, clip.dimensions === 3 ? OBLIQUE : FRONT, { ...size, mode });
}
