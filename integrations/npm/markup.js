// <img> elements of a page: found, and put into <picture> elements. Attributes stay as they are written.

// Comments, scripts and what already is a <picture> are left alone.
const pieces = /<!--[\s\S]*?-->|<(script|style|picture|template|noscript)\b[\s\S]*?<\/\1\s*>|<img\b(?:"[^"]*"|'[^']*'|[^>"'])*>/gi

const attribute = (name) => new RegExp(`(\\s${name}\\s*=\\s*)("([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i')

export function attributeOf(tag, name) {
  const found = attribute(name).exec(tag)
  return found ? found[3] ?? found[4] ?? found[5] : undefined
}

export const escaped = (text) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')

// Calls `replace(tag)` for each <img>; it gives the new text, or undefined for no change.
export async function replaceImages(html, replace) {
  const parts = []
  let end = 0
  for (const found of html.matchAll(pieces)) {
    if (!/^<img\b/i.test(found[0])) continue
    const text = await replace(found[0])
    if (text === undefined) continue
    parts.push(html.slice(end, found.index), text)
    end = found.index + found[0].length
  }
  return parts.join('') + html.slice(end)
}

// `sources`: [{type, srcset}], the last of which the <img> itself shows; `image`: {src, srcset, width, height}.
export function pictureOf(tag, sources, image) {
  const sizes = attributeOf(tag, 'sizes')
  const elements = sources.map(({ type, srcset }) =>
    `<source type="${type}" srcset="${escaped(srcset)}"${sizes ? ` sizes="${escaped(sizes)}"` : ''}>`)
  let img = tag.replace(attribute('src'), (_, before) => `${before}"${escaped(image.src)}"`)
  const add = (name, value) => {
    if (attributeOf(img, name) === undefined) img = img.replace(/\s*\/?>$/, ` ${name}="${value}">`)
  }
  if (image.srcset) add('srcset', escaped(image.srcset))
  // Of these two, one alone would change the image's shape.
  if (attributeOf(tag, 'width') === undefined && attributeOf(tag, 'height') === undefined) {
    add('width', image.width)
    add('height', image.height)
  }
  return `<picture>${elements.join('')}${img}</picture>`
}
