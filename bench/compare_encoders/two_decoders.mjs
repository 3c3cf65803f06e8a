// Tells whether pairs of images show the same pixels, by two decoders other than ImgOpt's:
//   node two_decoders.mjs FOLDER-OF-NODE-MODULES < PAIRS > RESULTS
// PAIRS is a JSON array of {source, output, hidden}: with hidden "kept" the colour of fully transparent pixels has to
// be equal too. RESULTS is an array of {libvips, second}, each "equal", or what differs or could not be decoded. The
// second decoder is libpng (netpbm's pngtopam) for PNG and libjpeg-turbo (djpeg) for JPEG.
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.argv[2], 'resolved-from-here.js'));
const sharp = require('sharp');
sharp.cache(false);

const full = 65535;

// Samples as RGBA of 16 bits, however the file stores them: a reduction of colour type or depth is no difference.
function as_rgba(width, height, channels, maximum, samples) {
  const pixels = width * height;
  if (samples.length < pixels * channels) throw new Error('pixels are missing');
  const rgba = new Uint16Array(pixels * 4);
  const has_alpha = channels === 2 || channels === 4;
  const [green, blue] = channels > 2 ? [1, 2] : [0, 0];
  const widened = Uint16Array.from({ length: maximum + 1 }, (_, v) => Math.round((v * full) / maximum));
  for (let i = 0, from = 0, to = 0; i < pixels; ++i, from += channels, to += 4) {
    rgba[to] = widened[samples[from]];
    rgba[to + 1] = widened[samples[from + green]];
    rgba[to + 2] = widened[samples[from + blue]];
    rgba[to + 3] = has_alpha ? widened[samples[from + channels - 1]] : full;
  }
  return { width, height, rgba };
}

async function by_libvips(path) {
  const image = () => sharp(path, { ignoreIcc: true, limitInputPixels: false });
  const wide = (await image().metadata()).depth === 'ushort';
  const pipeline = wide ? image().toColourspace('rgb16') : image();
  const { data, info } = await pipeline.raw({ depth: wide ? 'ushort' : 'uchar' }).toBuffer({ resolveWithObject: true });
  const samples = wide ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return as_rgba(info.width, info.height, info.channels, wide ? full : 255, samples);
}

// Reads binary PGM, PPM and PAM.
function parse_netpbm(bytes) {
  const text = (start, end) => bytes.toString('latin1', start, end);
  const kind = text(0, 2);
  let width, height, maximum, channels, start;
  if (kind === 'P7') {
    start = bytes.indexOf('ENDHDR\n') + 7;
    const field = (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text(0, start))[1]);
    [width, height, channels, maximum] = ['WIDTH', 'HEIGHT', 'DEPTH', 'MAXVAL'].map(field);
  } else {
    const header = /^P[56]\s+(\d+)\s+(\d+)\s+(\d+)\s/.exec(text(0, 100));
    [width, height, maximum] = header.slice(1).map(Number);
    channels = kind === 'P6' ? 3 : 1;
    start = header[0].length;
  }
  let samples = bytes.subarray(start);
  if (maximum > 255) {
    const swapped = Buffer.from(samples).swap16();
    samples = new Uint16Array(swapped.buffer, swapped.byteOffset, swapped.length / 2);
  }
  return as_rgba(width, height, channels, maximum, samples);
}

async function by_second(path) {
  const is_png = readFileSync(path).readUInt32BE(0) === 0x89504e47;
  const command = is_png ? ['pngtopam', '-alphapam', path] : ['djpeg', '-pnm', path];
  const options = { maxBuffer: 2 ** 31 - 1, stdio: ['ignore', 'pipe', 'pipe'] };
  return parse_netpbm(execFileSync(command[0], command.slice(1), options));
}

// Pairs of one source come one after the other: it is decoded once for all of them.
function once(decode) {
  let path, decoded;
  return async (wanted) => {
    if (wanted !== path) {
      decoded = await decode(wanted);
      path = wanted;
    }
    return decoded;
  };
}

async function compare(decode, decode_source, { source, output, hidden }) {
  let a, b;
  try {
    a = await decode_source(source);
  } catch (error) {
    return `source: ${String(error.stderr ?? error).trim()}`;
  }
  try {
    b = await decode(output);
  } catch (error) {
    return `undecodable: ${String(error.stderr ?? error).trim()}`;
  }
  if (a.width !== b.width || a.height !== b.height)
    return `${a.width}x${a.height} became ${b.width}x${b.height}`;
  const [p, q] = [a.rgba, b.rgba];
  let different = 0;
  for (let i = 0; i < p.length; i += 4) {
    const unseen = hidden !== 'kept' && p[i + 3] === 0 && q[i + 3] === 0;
    if (!unseen && (p[i] !== q[i] || p[i + 1] !== q[i + 1] || p[i + 2] !== q[i + 2] || p[i + 3] !== q[i + 3]))
      ++different;
  }
  return different === 0 ? 'equal' : `${different} pixels differ`;
}

const libvips_source = once(by_libvips);
const second_source = once(by_second);
const results = [];
for (const pair of JSON.parse(readFileSync(0, 'utf8')))
  results.push({
    libvips: await compare(by_libvips, libvips_source, pair),
    second: await compare(by_second, second_source, pair),
  });
writeFileSync(1, JSON.stringify(results));
