// Bytes out of base64, and the sound of a clip out of 8-bit mu-law (ITU-T G.711), so that it can be heard without any file or network.
function bytesOf(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function samplesOf(bytes) {
  return Float32Array.from(bytes, (byte) => {
    const code = ~byte & 0xff;
    const size = ((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
    return (code & 0x80 ? -size : size) / 32768;
  });
}

let audioContext = null;
let playing = null;

// Plays samples; `progress(seconds)` is called on every frame, and with null at the end.
function play(samples, rate, progress) {
  if (playing) playing.stop();
  audioContext ??= new AudioContext();
  const buffer = audioContext.createBuffer(1, samples.length, rate);
  buffer.copyToChannel(samples, 0);
  const source = audioContext.createBufferSource();
  source.buffer = buffer;
  source.connect(audioContext.destination);
  const begin = audioContext.currentTime;
  const player = { stop() { if (playing === player) playing = null; source.onended = null; source.stop(); progress(null); } };
  playing = player;
  source.onended = () => { if (playing === player) playing = null; progress(null); };
  source.start();
  const step = () => {
    if (playing !== player) return;
    progress(audioContext.currentTime - begin);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
  return player;
}
