// Plays a short tone and shows a notification when a watched batch comes to a stop.
// Both are off until asked for; the browser remembers the choice.
const SOUND = 'studio.sound', NOTIFY = 'studio.notify';
const NOTES = [[660, 0], [880, 0.16]];  // hertz, seconds after the start
const watched = (globalThis.studioWatched ??= new Set());

const wants = (name) => { try { return localStorage.getItem(name) === '1'; } catch { return false; } };
const keep = (name, on) => { try { localStorage.setItem(name, on ? '1' : '0'); } catch { /* private window */ } };

function play() {
  const context = (globalThis.studioAudio ??= new AudioContext());
  context.resume();
  const start = context.currentTime + 0.05;
  for (const [pitch, after] of NOTES) {
    const tone = context.createOscillator(), volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start + after);
    volume.gain.exponentialRampToValueAtTime(0.2, start + after + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + after + 0.35);
    tone.connect(volume).connect(context.destination);
    tone.start(start + after);
    tone.stop(start + after + 0.4);
  }
  document.documentElement.dataset.studioSound = String(Date.now());
}

function tell(data) {
  if (wants(SOUND)) play();
  if (wants(NOTIFY) && 'Notification' in window && Notification.permission === 'granted') {
    new Notification(data.title, { body: data.text, tag: data.batch });
  }
}

function choice(root, label, name, onask) {
  const line = document.createElement('label');
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.name = name;
  box.checked = wants(name);
  box.onchange = async () => {
    if (box.checked) box.checked = await onask();
    keep(name, box.checked);
  };
  line.append(box, label);
  root.append(line);
}

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector('.notice');
  if (data.moving) {
    watched.add(data.batch);
  } else if (watched.delete(data.batch) && !data.quiet) {
    tell(data);
  }
  root.hidden = !data.moving;
  if (root.childElementCount) return;
  choice(root, 'Play a sound when done', SOUND, async () => { play(); return true; });
  if ('Notification' in window && window.isSecureContext) {
    choice(root, 'Notify me', NOTIFY, async () => await Notification.requestPermission() === 'granted');
  }
}
