// SQLite's write-ahead log as its file format says: a head of 32 bytes, then frames of 24 bytes and a page each. A frame
// counts if its salts are those of the head and its checksum goes on from the frame before; one that ends a transaction
// says how many pages the database then has. https://www.sqlite.org/fileformat2.html#walformat

const HEAD = 32;
const FRAME_HEAD = 24;

/** The checksum over words of 32 bits, two at a time. */
function checksum(bytes, [one, two], big) {
  const word = (at) => (big ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + word(at) + two) >>> 0;
    two = (two + word(at + 4) + one) >>> 0;
  }
  return [one, two];
}

/**
 * @param {Buffer} bytes
 * @returns {{salt: string, frame: number, frames: number, commits: number[]}} `salt`: another after each new beginning of the log;
 *   `frame`: bytes of one; `frames`: how many count; `commits`: where each transaction ends, in bytes
 */
export function readWal(bytes) {
  if (bytes.length < HEAD) return { salt: '', frame: 0, frames: 0, commits: [] };
  const big = (bytes.readUInt32BE(0) & 1) === 1;
  const frame = FRAME_HEAD + bytes.readUInt32BE(8);
  const salt = bytes.toString('hex', 16, 24);
  let sum = checksum(bytes.subarray(0, 24), [0, 0], big);
  const commits = [];
  let frames = 0;
  for (let at = HEAD; at + frame <= bytes.length; at += frame, frames += 1) {
    if (bytes.toString('hex', at + 8, at + 16) !== salt) break;
    sum = checksum(bytes.subarray(at, at + 8), sum, big);
    sum = checksum(bytes.subarray(at + FRAME_HEAD, at + frame), sum, big);
    if (sum[0] !== bytes.readUInt32BE(at + 16) || sum[1] !== bytes.readUInt32BE(at + 20)) break;
    if (bytes.readUInt32BE(at + 4) !== 0) commits.push(at + frame);
  }
  return { salt, frame, frames, commits };
}

/**
 * How many frames of the log may be in the database already, by the index of the log (`-shm`). The log is on the disk before they
 * go there, so that a power cut leaves them in the log, too. https://www.sqlite.org/walformat.html#the_wal_index_file_format
 * @param {Buffer} index
 */
export const copiedFrames = (index) => Math.max(index.readUInt32LE(96), index.readUInt32LE(128));
