import imgopt from 'vite-plugin-imgopt'

export default {
  base: './',
  build: { assetsInlineLimit: 0 },
  plugins: [imgopt({ pictures: { format: ['webp', 'keep'], width: ['32', '64'] } })],
}
