// Optimized images in Vite: imports with ?width=640;1280&format=avif;webp, <img> into <picture>, and the images of the
// public folder. See README.md.
import { createReadStream, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { attributeOf, pictureOf, replaceImages } from './markup.js'
import { Program, sourcesOf } from './program.js'

const imageName = /\.(avif|gif|jpe?g|jxl|png|tiff?|webp)$/i
// Settings of imgopt that a query may hold; each but the flag takes one value or several between semicolons.
const settingNames = ['effort', 'format', 'lossless', 'max-bytes', 'metadata', 'quality', 'resize', 'role', 'width']
const served = '/@imgopt/'

// Of "a.jpg?width=640;1280&format=avif;webp": the file and the settings. Nothing for what is not meant for imgopt.
export function parseImport(id) {
  const [file, query] = id.split('?', 2)
  if (!query || !imageName.test(file)) return undefined
  const settings = {}
  for (const [name, value] of new URLSearchParams(query))
    if (settingNames.includes(name)) settings[name] = name === 'lossless' ? true : value.split(';').filter(Boolean)
  return Object.keys(settings).length > 0 ? { file, settings } : undefined
}

// options: program; settings (for every image, below a query); pictures ({format, width, ...}: put the <img> of
// pages into <picture>); publicImages (false: leave the public folder alone).
export default function imgopt(options = {}) {
  let config
  let program
  const settingsOf = (settings) => ({ ...options.settings, ...settings })

  // Where the browser finds outputs while developing.
  const devUrl = (output) => `${config.base.replace(/\/$/, '')}${served}${output.url}`
  const failure = (error) => new Error(`imgopt: ${error.message.replace(/^imgopt: /, '')}`)

  async function pictureFor(tag, page) {
    const src = attributeOf(tag, 'src')
    if (!src || /^([a-z]+:|\/\/|#)/i.test(src) || attributeOf(tag, 'srcset') !== undefined) return undefined
    const plain = decodeURI(src.split(/[?#]/)[0])
    const file = plain.startsWith('/') ? path.join(config.root, plain) : path.resolve(path.dirname(page), plain)
    // What is not found here may be a public file, which keeps its name.
    if (!imageName.test(file) || !existsSync(file)) return undefined
    const settings = settingsOf(options.pictures === true ? {} : options.pictures)
    const formats = [settings.format ?? ['avif', 'webp', 'keep']].flat()
    if (!formats.includes('keep')) formats.push('keep')
    const sources = sourcesOf(await program.outputs(file, { ...settings, format: formats }), formats)
    const url = (output) => config.command === 'serve' ? devUrl(output)
      : encodeURI(path.relative(path.dirname(page), output.file).split(path.sep).join('/'))
    const srcset = (source) => source.outputs.map((output) => `${url(output)} ${output.width}w`).join(', ')
    const own = sources.at(-1)
    const largest = own.outputs.at(-1)
    return pictureOf(tag, sources.slice(0, -1).map((source) => ({ type: source.type, srcset: srcset(source) })), {
      src: url(largest),
      srcset: own.outputs.length > 1 ? srcset(own) : '',
      width: largest.width,
      height: largest.height,
    })
  }

  return {
    name: 'imgopt',
    enforce: 'pre',

    configResolved(resolved) {
      config = resolved
      program = new Program(options.program ?? process.env.IMGOPT ?? 'imgopt', path.join(config.cacheDir, 'imgopt'))
    },

    buildStart() {
      program.forget()
    },

    async load(id) {
      const asked = parseImport(id)
      if (!asked) return undefined
      const settings = settingsOf(asked.settings)
      this.addWatchFile(asked.file)
      const outputs = await program.outputs(asked.file, settings).catch((error) => this.error(failure(error)))
      const urls = new Map()
      for (const output of outputs) {
        if (config.command === 'serve') {
          urls.set(output, JSON.stringify(devUrl(output)))
        } else {
          const name = path.basename(output.file)
          const emitted = this.emitFile({ type: 'asset', name, source: await readFile(output.file) })
          urls.set(output, `import.meta.ROLLUP_FILE_URL_${emitted}`)
        }
      }
      const sources = sourcesOf(outputs, [settings.format ?? 'keep'].flat())
      const srcset = (source) =>
        source.outputs.map((output) => `${urls.get(output)} + ' ${output.width}w'`).join(` + ', ' + `)
      const largest = sources.at(-1).outputs.at(-1)
      return `export const src = ${urls.get(largest)};
export const srcset = ${srcset(sources.at(-1))};
export const width = ${largest.width};
export const height = ${largest.height};
export const sources = [${sources.map((s) => `{ type: '${s.type}', srcset: ${srcset(s)} }`).join(', ')}];
export default { src, srcset, width, height, sources };
`
    },

    transformIndexHtml: {
      order: 'pre',
      handler(html, { filename }) {
        if (!options.pictures) return html
        return replaceImages(html, (tag) => pictureFor(tag, filename).catch((error) => { throw failure(error) }))
      },
    },

    // A changed image is asked for again; Vite itself reloads what imports it.
    handleHotUpdate({ file }) {
      if (imageName.test(file)) program.forget()
    },

    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const url = request.url ?? ''
        const at = url.indexOf(served)
        if (at < 0) return next()
        const file = path.join(program.folder, decodeURIComponent(url.slice(at + served.length).split('?')[0]))
        // Nothing outside of our folder, and nothing but images.
        if (path.relative(program.folder, file).startsWith('..') || !imageName.test(file) || !existsSync(file)) {
          response.statusCode = 404
          return response.end()
        }
        response.setHeader('Content-Type', `image/${path.extname(file).slice(1).replace('jpg', 'jpeg').replace(/^tif$/, 'tiff')}`)
        response.setHeader('Cache-Control', 'no-cache')
        return createReadStream(file).pipe(response)
      })
    },

    // Vite has copied the public folder by now; its images are replaced by smaller ones of the same name and format.
    async writeBundle(output) {
      if (config.build.ssr) return
      if (options.publicImages !== false && config.publicDir && config.build.copyPublicDir && existsSync(config.publicDir)) {
        await program.run([config.publicDir, '--out', path.resolve(config.root, output.dir ?? config.build.outDir),
          '--state', path.join(program.folder, 'public.state'), ...publicSettings(options.settings)])
          .catch((error) => this.error(failure(error)))
      }
      const { images, outputs, encoded } = program.totals
      config.logger.info(`imgopt: ${images} images, ${outputs} outputs, ${encoded} encoded`)
    },
  }
}

// Public files keep their names, so formats and widths are not theirs.
function publicSettings(settings = {}) {
  return Object.entries(settings)
    .filter(([name]) => !['format', 'width', 'resize'].includes(name))
    .flatMap(([name, values]) => [values].flat().map((value) => (value === true ? `--${name}` : `--${name}=${value}`)))
}
