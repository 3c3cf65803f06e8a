// Runs imgopt and reads what it says. Everything that is decided about an image is decided there.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'

// imgopt is parallel itself; a second run fills the gaps at the end of the first.
const mostAtOnce = 2

const types = { avif: 'image/avif', gif: 'image/gif', jpeg: 'image/jpeg', jxl: 'image/jxl', png: 'image/png',
  tiff: 'image/tiff', webp: 'image/webp' }

export class Program {
  // `program` is its path, `folder` where outputs, states and manifests are kept from build to build.
  constructor(program, folder) {
    this.program = program
    this.folder = folder
    this.running = 0
    this.waiting = []
    this.asked = new Map()
    this.totals = { images: 0, outputs: 0, encoded: 0 }
  }

  // A new build looks at every image again, once.
  forget() {
    this.asked.clear()
    this.totals = { images: 0, outputs: 0, encoded: 0 }
  }

  // What `file` becomes with those settings ({format: [...], width: [...], quality: '80'}): outputs with `file`,
  // `url` (below `folder`, another one for other bytes), `format`, `type`, `width`, `height`, smallest first.
  outputs(file, settings) {
    const key = JSON.stringify([file, settings])
    if (!this.asked.has(key)) this.asked.set(key, this.#make(file, settings, key))
    return this.asked.get(key)
  }

  async #make(file, settings, key) {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 20)
    const out = path.join(this.folder, name)
    const manifest = `${out}.json`
    const options = Object.entries(settings).flatMap(([option, values]) =>
      [values].flat().map((value) => (value === true ? `--${option}` : `--${option}=${value}`)))
    await this.run([file, '--out', out, '--state', `${out}.state`, '--manifest', manifest, ...options])
    const images = Object.values(JSON.parse(await readFile(manifest, 'utf8')).images)
    return images.flatMap((image) => image.outputs)
      .filter((output) => output.format !== null)
      .map((output) => ({
        file: path.join(out, output.path),
        url: `${name}/${output.path.split('/').map(encodeURIComponent).join('/')}?${output.hash.slice(0, 8)}`,
        format: output.format,
        type: types[output.format],
        width: output.width,
        height: output.height,
      }))
      .sort((a, b) => a.width - b.width)
  }

  // One run of `imgopt build`. Fails with what it wrote to standard error.
  async run(args) {
    await mkdir(this.folder, { recursive: true })
    if (this.running >= mostAtOnce) await new Promise((resolve) => this.waiting.push(resolve))
    this.running += 1
    try {
      const summary = await this.#spawn(['build', ...args, '--json', '--progress=never'])
      for (const count of Object.keys(this.totals)) this.totals[count] += summary[count]
    } finally {
      this.running -= 1
      this.waiting.shift()?.()
    }
  }

  #spawn(args) {
    return new Promise((resolve, reject) => {
      const child = spawn(this.program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      const text = { stdout: '', stderr: '' }
      for (const stream of ['stdout', 'stderr']) {
        child[stream].setEncoding('utf8')
        child[stream].on('data', (part) => { text[stream] += part })
      }
      child.on('error', (error) => reject(new Error(
        error.code === 'ENOENT' ? `cannot find the program ${this.program}: install ImgOpt, or set IMGOPT to it`
          : `${this.program}: ${error.message}`)))
      child.on('close', (status) => {
        if (status !== 0) reject(new Error(text.stderr.trim() || `${this.program} ended with status ${status}`))
        else resolve(JSON.parse(text.stdout).summary)
      })
    })
  }
}

// Outputs of one format after the other, in the order of the formats: what <source> elements are made of.
export function sourcesOf(outputs, formats) {
  const order = [...new Set(outputs.map((output) => output.format))]
  order.sort((a, b) => rank(a, formats) - rank(b, formats))
  return order.map((format) => {
    const widths = new Map(outputs.filter((output) => output.format === format).map((output) => [output.width, output]))
    return { type: types[format], outputs: [...widths.values()] }
  })
}

// `keep` stands for what is not named.
function rank(format, formats) {
  const at = formats.indexOf(format === 'jpeg' && formats.includes('jpg') ? 'jpg' : format)
  return at >= 0 ? at : formats.includes('keep') ? formats.indexOf('keep') : formats.length
}
