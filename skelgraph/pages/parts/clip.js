// A clip, decoded when it is first shown. Positions have x to the right, y up, z toward who looks.
const MISSING = -32768;

function decodeBytes(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let n = 0; n < binary.length; n += 1) bytes[n] = binary.charCodeAt(n);
  return bytes;
}

class Person {
  constructor(data, dimensions) {
    this.name = data.name;
    this.layout = DATA.layouts[data.layout];
    this.first = data.first;
    this.dimensions = dimensions;
    this.scale = data.scale;
    this.middle = data.middle;
    this.numJoints = this.layout.joints.length;
    this.numbers = new Int16Array(decodeBytes(data.positions).buffer);
    this.confidence = data.confidence === null ? null : decodeBytes(data.confidence);
    this.numFrames = this.numbers.length / (this.numJoints * dimensions);
  }

  // Position [x, y, z] of a joint in a frame, or null.
  place(frame, joint) {
    const own = frame - this.first;
    if (own < 0 || own >= this.numFrames) return null;
    const at = (own * this.numJoints + joint) * this.dimensions;
    if (this.numbers[at] === MISSING) return null;
    const place = [0, 0, 0];
    for (let n = 0; n < this.dimensions; n += 1) place[n] = this.middle[n] + this.scale * this.numbers[at + n];
    return place;
  }

  // Between two frames, for calm playing; a joint that is missing in one of them stays in the other.
  placeBetween(time, joint) {
    const frame = Math.floor(time);
    const place = this.place(frame, joint);
    if (time === frame || place === null) return place;
    const next = this.place(frame + 1, joint);
    return next === null ? place : place.map((value, n) => value + (time - frame) * (next[n] - value));
  }

  surety(frame, joint) {
    const own = frame - this.first;
    if (own < 0 || own >= this.numFrames) return 0;
    return this.confidence[own * this.numJoints + joint] / 255;
  }
}

class Clip {
  constructor(data) {
    this.data = data;
    this.fps = data.fps;
    this.dimensions = data.dimensions;
    this.persons = data.persons.map((person) => new Person(person, data.dimensions));
    this.numFrames = Math.max(...this.persons.map((person) => person.first + person.numFrames));
    this.duration = (this.numFrames - 1) / this.fps;
    this.hasConfidence = this.persons.some((person) => person.confidence !== null);
    this.values = data.values.map((one) => ({ ...one, numbers: new Int8Array(decodeBytes(one.bytes).buffer) }));
    this.bounds = this.findBounds();
  }

  // Low and high of nearly all positions: a joint that jumps away must not make the others tiny.
  findBounds() {
    const axes = [[], [], []];
    for (const person of this.persons) {
      const stride = Math.max(1, Math.floor((person.numFrames * person.numJoints) / 6000));
      for (let n = 0; n < person.numFrames * person.numJoints; n += stride) {
        const place = person.place(person.first + Math.floor(n / person.numJoints), n % person.numJoints);
        if (place !== null) place.forEach((value, axis) => axes[axis].push(value));
      }
    }
    return axes.map((values) => {
      if (!values.length) return [0, 1];
      values.sort((a, b) => a - b);
      const tail = Math.floor(values.length / 200);
      return [values[tail], values[values.length - 1 - tail]];
    });
  }

  // Middle of the first person in a frame, or null.
  middle(time) {
    const [person] = this.persons;
    const places = person.layout.joints.map((_, joint) => person.placeBetween(time, joint)).filter((place) => place !== null);
    if (!places.length) return null;
    return [0, 1, 2].map((axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length);
  }

  // How far nearly all joints of the first person are from their middle, along each axis.
  get reach() {
    if (this.foundReach === undefined) {
      const [person] = this.persons;
      const far = [[], [], []];
      const stride = Math.max(1, Math.floor(this.numFrames / 60));
      for (let frame = 0; frame < this.numFrames; frame += stride) {
        const middle = this.middle(frame);
        for (let joint = 0; middle !== null && joint < person.numJoints; joint += 1) {
          const place = person.place(frame, joint);
          if (place !== null) place.forEach((value, axis) => far[axis].push(Math.abs(value - middle[axis])));
        }
      }
      this.foundReach = far.map((values) => values.sort((a, b) => a - b)[Math.floor(0.99 * values.length)] || 0);
    }
    return this.foundReach;
  }

  countMissing(frame) {
    let missing = 0;
    for (const person of this.persons) {
      for (let joint = 0; joint < person.numJoints; joint += 1) missing += person.place(frame, joint) === null;
    }
    return missing;
  }

  value(number, frame, joint) {
    const person = this.persons[0];
    const own = frame - person.first;
    if (own < 0 || own >= person.numFrames) return 0;
    return this.values[number].numbers[own * person.numJoints + joint] / 127;
  }
}

const decoded = new Map();
function getClip(number) {
  if (!decoded.has(number)) decoded.set(number, new Clip(DATA.clips[number]));
  return decoded.get(number);
}
