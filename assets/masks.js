/* The text of a mask, as vae/images/masks.py writes and reads it. */

/** A mask as booleans, row by row, from the lengths of its runs and back: in turn visible and hidden ones. */
export function bitsOf(text) {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bits = [];
  let [isHidden, run, shift] = [false, 0, 0];
  for (const letter of bytes) {
    const byte = letter.charCodeAt(0);
    run |= (byte & 127) << shift;
    shift += 7;
    if (byte >= 128) continue;
    for (let k = 0; k < run; k += 1) bits.push(isHidden);
    [isHidden, run, shift] = [!isHidden, 0, 0];
  }
  return bits;
}

export function textOf(bits) {
  const runs = [0];
  bits.forEach((isHidden, index) => {
    if (isHidden !== (index > 0 && bits[index - 1])) runs.push(0);
    runs[runs.length - 1] += 1;
  });
  const letters = runs.flatMap(varint).map((byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A number in LEB128: seven bits a byte, the low ones first, the high bit says that more follow. */
const varint = (number) => (number < 128 ? [number] : [(number & 127) | 128, ...varint(number >> 7)]);
