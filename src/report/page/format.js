// Numbers, units and words as people read them.
const format = {
  count: (value) => (value ?? 0).toLocaleString("en-GB"),
  percent: (share, digits = 0) => `${(100 * share).toFixed(digits)}\u00a0%`,
  counted: (value, one, many = `${one}s`) => `${format.count(value)} ${value === 1 ? one : many}`,

  duration(seconds) {
    if (!(seconds >= 0)) return "–";
    if (seconds < 0.0995) return `${(1000 * seconds).toFixed(0)} ms`;
    if (seconds < 10) return `${seconds.toFixed(1)} s`;
    if (seconds < 60) return `${seconds.toFixed(seconds < 20 ? 1 : 0)} s`;
    const whole = Math.round(seconds);
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
    return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  },

  bytes(value) {
    if (!(value >= 0)) return "–";
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (value >= 999.5 && unit < units.length - 1) { value /= 1000; unit += 1; }
    return `${unit === 0 || value >= 100 ? value.toFixed(0) : +value.toPrecision(value >= 10 ? 3 : 2)} ${units[unit]}`;
  },

  rate: (hertz) => `${+(hertz / 1000).toFixed(3)} kHz`,
  channels: (count) => (count === 1 ? "mono" : count === 2 ? "stereo" : `${count} channels`),

  // A value of a feature, with as many digits as tell it from its neighbours.
  value(value) {
    if (value === null || !Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size >= 1000) return Math.round(value).toLocaleString("en-GB");
    if (size < 0.001) return value.toExponential(1);
    return String(+value.toPrecision(3));
  },

  // truncated_audio → truncated audio
  words: (code) => String(code).replaceAll("_", " "),
  capital: (text) => text.charAt(0).toUpperCase() + text.slice(1),

  when(iso) {
    const time = new Date(iso);
    if (Number.isNaN(time.getTime())) return "";
    return time.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }) + " UTC";
  },
};
