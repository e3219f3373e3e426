// The picture viewer: one picture, or several as slider, flicker, difference or side by side.
// Every mode shares one zoom and one pan. Data is shown as text only, never as markup.

const LETTERS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']
const HINTS = {
  slider: [['←', '→'], 'move', ['Space'], 'flick', ['0'], 'reset'],
  flicker: [['Space'], 'next picture', ['0'], 'reset'],
  difference: [['Space'], 'show the picture', ['0'], 'reset'],
  side: ['Wheel zooms all, drag moves all', ['0'], 'reset'],
  single: ['Wheel zooms, drag moves', ['0'], 'reset'],
}
const STAGE = { slider: 'slide', flicker: 'flick', difference: 'difference', side: 'side', single: 'side' }
const clamp = (value, low, high) => Math.min(high, Math.max(low, value))
function add(parent, tag, className = '', text = '') {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text) element.textContent = text
  parent.append(element)
  return element
}

function layer(parent, image, v) {
  const box = add(parent, 'div', 'layer')
  const picture = add(box, 'img')
  picture.alt = image.label
  picture.draggable = false
  picture.decoding = 'async'
  picture.onload = () => picture.classList.add('ready')
  picture.onerror = () => {
    box.replaceChildren()
    add(box, 'div', 'broken', 'This picture could not be loaded. Reload the page to try again.')
  }
  picture.src = image.src
  v.pictures.push(picture)
  return box
}

function tag(pane, v, index, side) {
  const label = add(pane, 'span', 'tag ' + side)
  const image = v.data.images[index]
  if (v.data.images.length > 1) add(label, 'b', '', LETTERS[index])
  label.append(image.label)
  label.title = image.label
  return label
}

function apply(v) {
  for (const picture of v.pictures) {
    picture.style.transform = `translate(${v.x}px, ${v.y}px) scale(${v.scale})`
    picture.style.imageRendering = v.scale >= 4 ? 'pixelated' : 'auto'
  }
  v.root.classList.toggle('zoomed', v.scale > 1)
  if (v.readout) v.readout.textContent = Math.round(v.scale * 100) + ' %'
}

function pan(v, dx, dy) {
  const { clientWidth: width, clientHeight: height } = v.panes[0]
  v.x = clamp(v.x + dx, width * (1 - v.scale), 0)
  v.y = clamp(v.y + dy, height * (1 - v.scale), 0)
  apply(v)
}

function zoom(v, factor, px, py) {
  const { clientWidth: width, clientHeight: height } = v.panes[0]
  const cx = px ?? width / 2
  const cy = py ?? height / 2
  const next = clamp(v.scale * factor, 1, 12)
  const ratio = next / v.scale
  v.x = cx - (cx - v.x) * ratio
  v.y = cy - (cy - v.y) * ratio
  v.scale = next
  pan(v, 0, 0)
}

function reset(v) {
  Object.assign(v, { scale: 1, x: 0, y: 0 })
  apply(v)
  v.setSplit?.(50)
}

function local(pane, event) {
  const box = pane.getBoundingClientRect()
  return [event.clientX - box.left, event.clientY - box.top, box.width]
}

function pointers(v, pane) {
  const held = new Map()
  let sliding = false
  let moved = 0
  pane.onpointerdown = event => {
    pane.setPointerCapture(event.pointerId)
    held.set(event.pointerId, event)
    moved = 0
    sliding = Boolean(v.setSplit) && (v.scale === 1 || event.target === v.handle)
    if (sliding && event.pointerType === 'mouse') slide(event)
  }
  const slide = event => {
    const [x, , width] = local(pane, event)
    v.setSplit((x / width) * 100)
  }
  pane.onpointermove = event => {
    const before = held.get(event.pointerId)
    if (!before) return
    const dx = event.clientX - before.clientX
    const dy = event.clientY - before.clientY
    moved += Math.abs(dx) + Math.abs(dy)
    if (held.size === 2) pinch(event, before)
    else if (sliding) slide(event)
    else pan(v, dx, dy)
    held.set(event.pointerId, event)
  }
  const pinch = (event, before) => {
    const other = [...held.values()].find(item => item.pointerId !== event.pointerId)
    const span = item => Math.hypot(item.clientX - other.clientX, item.clientY - other.clientY)
    const [x, y] = local(pane, other)
    zoom(v, span(event) / Math.max(1, span(before)), x, y)
  }
  pane.onpointerup = pane.onpointercancel = event => {
    held.delete(event.pointerId)
    if (event.type === 'pointerup' && moved < 4 && v.tap) v.tap()
  }
  pane.ondblclick = () => { if (!v.tap) reset(v) }
  pane.addEventListener('wheel', event => {
    if (event.deltaY > 0 && v.scale === 1) return  // let the page scroll on
    event.preventDefault()
    const [x, y] = local(pane, event)
    zoom(v, Math.exp(-event.deltaY / 400), x, y)
  }, { passive: false })
}

function newPane(v, stage) {
  const pane = add(stage, 'div', 'pane')
  pane.tabIndex = 0
  pane.setAttribute('role', 'group')
  pane.setAttribute('aria-label', v.data.label)
  v.panes.push(pane)
  pointers(v, pane)
  return pane
}

function buildSlider(v, stage) {
  const pane = newPane(v, stage)
  layer(pane, v.data.images[1], v)
  const top = layer(pane, v.data.images[0], v)
  tag(pane, v, 0, 'left')
  tag(pane, v, 1, 'right')
  const handle = v.handle = add(pane, 'div', 'handle')
  handle.tabIndex = 0
  handle.setAttribute('role', 'slider')
  handle.setAttribute('aria-label', 'How much of picture A is shown')
  handle.setAttribute('aria-valuemin', '0')
  handle.setAttribute('aria-valuemax', '100')
  v.setSplit = value => {
    v.split = clamp(value, 0, 100)
    top.style.clipPath = `inset(0 ${100 - v.split}% 0 0)`
    handle.style.left = v.split + '%'
    handle.setAttribute('aria-valuenow', String(Math.round(v.split)))
  }
  v.setSplit(50)
  v.step = by => v.setSplit(v.split + by)
  v.flick = () => v.setSplit(v.split > 50 ? 0 : 100)
}

function buildFlicker(v, stage) {
  const pane = newPane(v, stage)
  const boxes = v.data.images.map(image => layer(pane, image, v))
  const tags = v.data.images.map((_, index) => tag(pane, v, index, 'left'))
  let shown = 0
  const show = index => {
    shown = (index + boxes.length) % boxes.length
    boxes.forEach((box, at) => box.classList.toggle('shown', at === shown))
    tags.forEach((label, at) => { label.hidden = at !== shown })
  }
  show(0)
  v.step = by => show(shown + Math.sign(by))
  v.flick = v.tap = () => show(shown + 1)
  const play = add(v.tools, 'button', '', 'Play')
  play.onclick = () => {
    clearInterval(v.timer)
    v.timer = v.timer ? 0 : setInterval(v.flick, 600)
    play.textContent = v.timer ? 'Pause' : 'Play'
    play.setAttribute('aria-pressed', String(Boolean(v.timer)))
  }
}

function measure(v, out) {
  const [a, b] = v.pictures
  if (!a.naturalWidth || !b.naturalWidth) return
  const width = 256
  const height = Math.max(1, Math.round(width / (v.data.ratio || 1)))
  const pixels = [a, b].map(picture => {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width, height })
    const draw = canvas.getContext('2d', { willReadFrequently: true })
    draw.drawImage(picture, 0, 0, width, height)
    return draw.getImageData(0, 0, width, height).data
  })
  let differing = 0
  for (let i = 0; i < pixels[0].length; i += 4) {
    const far = k => Math.abs(pixels[0][i + k] - pixels[1][i + k])
    if (Math.max(far(0), far(1), far(2)) > 12) differing += 1
  }
  const share = (100 * differing) / (width * height)
  if (share === 0) out.textContent = 'No visible difference'
  else out.textContent = (share < 1 ? 'Less than 1' : Math.round(share)) + ' % of the picture differs'
}

function buildDifference(v, stage) {
  const pane = newPane(v, stage)
  const blend = add(pane, 'div', 'blend')
  layer(blend, v.data.images[0], v)
  layer(blend, v.data.images[1], v)
  const out = document.createElement('span')
  out.className = 'found'
  v.tools.before(out)
  out.setAttribute('role', 'status')
  for (const picture of v.pictures) picture.addEventListener('load', () => measure(v, out))
  v.flick = () => blend.classList.toggle('plain')
  const gains = [1, 3, 8].map(gain => {
    const button = add(v.tools, 'button', '', '×' + gain)
    button.title = 'Brighten the difference ' + gain + ' times'
    button.onclick = () => choose(gain)
    return [gain, button]
  })
  const choose = chosen => {
    blend.style.filter = `brightness(${chosen})`
    for (const [gain, button] of gains) button.setAttribute('aria-pressed', String(gain === chosen))
  }
  choose(1)
}

function buildSide(v, stage) {
  v.data.images.forEach((image, index) => {
    const pane = newPane(v, stage)
    layer(pane, image, v)
    if (v.data.images.length > 1) tag(pane, v, index, 'left')
  })
}

function tools(v) {
  const button = (text, title, click) => {
    const made = add(v.tools, 'button', '', text)
    made.title = title
    made.setAttribute('aria-label', title)
    made.onclick = click
  }
  button('−', 'Zoom out', () => zoom(v, 1 / 1.4))
  v.readout = add(v.tools, 'span', 'zoom', '100 %')
  button('+', 'Zoom in', () => zoom(v, 1.4))
  button('Reset', 'Reset zoom and position', () => reset(v))
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : v.root.requestFullscreen())
  if (document.fullscreenEnabled) button('Full screen', 'Full screen', full)
}

function keys(v, event) {
  if (event.target.closest?.('button')) return
  const far = event.shiftKey ? 10 : 2
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0]
  if (dx && v.step) v.step(dx * far)
  else if ((dx || dy) && v.scale > 1) pan(v, -dx * 40, -dy * 40)
  else if (event.key === ' ' && v.flick) v.flick()
  else if (event.key === '0') reset(v)
  else if (event.key === '+' || event.key === '=') zoom(v, 1.4)
  else if (event.key === '-') zoom(v, 1 / 1.4)
  else return
  event.preventDefault()
  event.stopPropagation()
}

function build(root, data) {
  root.replaceChildren()
  root.style.setProperty('--ratio', data.ratio || 1)
  const v = { root, data, scale: 1, x: 0, y: 0, pictures: [], panes: [], timer: 0 }
  const stage = add(root, 'div', 'stage ' + STAGE[data.mode])
  v.bar = add(root, 'div', 'bar')
  const hint = add(v.bar, 'span', 'hint')
  for (const part of HINTS[data.mode]) {
    if (Array.isArray(part)) for (const key of part) add(hint, 'kbd', '', key)
    else hint.append(' ' + part + '  ')
  }
  v.tools = add(v.bar, 'div', 'tools')
  const builders = { slider: buildSlider, flicker: buildFlicker, difference: buildDifference }
  const make = builders[data.mode] ?? buildSide
  make(v, stage)
  tools(v)
  root.onkeydown = event => keys(v, event)
  apply(v)
  return () => clearInterval(v.timer)
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.viewer')
  const signature = JSON.stringify(data)
  if (root.signature !== signature) {  // the same pictures keep their zoom and slider
    root.stop?.()
    root.signature = signature
    root.stop = build(root, data)
  }
  return () => root.stop?.()
}
