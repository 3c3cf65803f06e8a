import sunrise from './sunrise.png?width=32;64&format=avif;webp;keep'

const picture = document.createElement('picture')
for (const { type, srcset } of sunrise.sources.slice(0, -1))
  picture.append(Object.assign(document.createElement('source'), { type, srcset }))
const { src, srcset, width, height } = sunrise
picture.append(Object.assign(document.createElement('img'), { id: 'imported-image', alt: 'Sunrise', src, srcset, width, height }))
document.querySelector('#imported').append(picture)
