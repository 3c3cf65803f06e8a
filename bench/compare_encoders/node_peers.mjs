// Encodes, decodes and prepares images with sharp and @napi-rs/image:
//   node node_peers.mjs FOLDER-OF-NODE-MODULES < JOBS > RESULTS
// JOBS is a JSON array of {task, source, target, options}. RESULTS is an array of {cpu} in seconds or {error}, in the
// same order. CPU time is that of this process, every thread of it, from the source's bytes to the output's.
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.argv[2], 'resolved-from-here.js'));
const sharp = require('sharp');
const napi = require('@napi-rs/image');
sharp.cache(false);
sharp.concurrency(1);

const tasks = {
  'oxipng': (bytes) => napi.losslessCompressPng(bytes, { strip: true }),
  // Quality 100 reads and writes coefficients, as mozjpeg's jpegtran does.
  'mozjpeg-lossless': (bytes) => napi.compressJpeg(bytes, { quality: 100 }),
  'sharp-jpeg': (bytes, options) => sharp(bytes).jpeg(options).toBuffer(),
  'sharp-webp': (bytes, options) => sharp(bytes).webp(options).toBuffer(),
  'sharp-avif': (bytes, options) => sharp(bytes).avif(options).toBuffer(),
  'sharp-palette': (bytes, options) => sharp(bytes).png({ palette: true, ...options }).toBuffer(),
  // A photograph as a reference to encode: scaled down, so that what an earlier encoder left in it is gone.
  'reference': (bytes, { longest }) =>
    sharp(bytes).rotate().resize(longest, longest, { fit: 'inside', withoutEnlargement: true })
      .removeAlpha().toColourspace('srgb').png({ compressionLevel: 6 }).toBuffer(),
};

async function perform({ task, source, target, options }) {
  const input = readFileSync(source);
  try {
    const before = process.cpuUsage();
    const output = await tasks[task](input, options ?? {});
    const used = process.cpuUsage(before);
    writeFileSync(target, output);
    return { cpu: (used.user + used.system) / 1e6 };
  } catch (error) {
    return { error: String(error) };
  }
}

const results = [];
for (const job of JSON.parse(readFileSync(0, 'utf8'))) results.push(await perform(job));
writeFileSync(1, JSON.stringify(results));
