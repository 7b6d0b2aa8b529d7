// The page of one recording.
const player = new Player(document.getElementById("player"));
player.show(getClip(0));
