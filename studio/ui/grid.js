export default function (component) {
  const { data, parentElement, setTriggerValue, setStateValue } = component;
  const grid = parentElement.querySelector('.grid');
  grid.style.setProperty('--w', `${data.size}px`);
  grid.classList.toggle('selectable', data.selectable);
  const chosen = (grid.chosen ??= new Set());

  const make = (name, className, parent) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    parent.append(element);
    return element;
  };

  const mark = (tile, id) => {
    const on = chosen.has(id);
    tile.classList.toggle('chosen', on);
    tile.querySelector('.mark')?.setAttribute('aria-checked', on);
  };

  const build = (item) => {
    const tile = document.createElement('div');
    tile.dataset.id = item.id;
    tile.setAttribute('role', 'listitem');
    if (item.waiting) {
      tile.className = 'tile waiting';
      make('div', 'shimmer', tile);
      const below = make('div', 'under', tile);
      make('b', '', below);
      make('span', '', below);
      return tile;
    }
    tile.className = 'tile';
    const open = make('button', 'open', tile);
    open.type = 'button';
    const image = new Image();
    image.loading = 'lazy';
    image.decoding = 'async';
    image.onload = () => image.classList.add('here');
    image.alt = item.title;
    image.src = item.src;
    open.append(image);
    const under = make('div', 'under', open);
    make('b', '', under);
    make('span', '', under);
    make('span', 'tag', tile);
    make('span', 'star', tile).textContent = '★';
    open.onclick = () => setTriggerValue('picked', item.id);
    if (data.selectable) {
      const button = make('button', 'mark', tile);
      button.type = 'button';
      button.textContent = '✓';
      button.setAttribute('role', 'checkbox');
      button.onclick = () => {
        if (!chosen.delete(item.id)) chosen.add(item.id);
        mark(tile, item.id);
        setStateValue('selected', [...chosen]);
      };
    }
    return tile;
  };

  const fill = (tile, item) => {
    if (item.waiting) {
      tile.querySelector('b').textContent = item.title;
      tile.querySelector('.under span').textContent = item.meta;
      tile.setAttribute('aria-label', `${item.title} ${item.meta}`.trim());
      return;
    }
    tile.querySelector('b').textContent = item.title;
    tile.querySelector('.under span').textContent = item.meta || '';
    const tag = tile.querySelector('.tag');
    tag.textContent = item.tag || '';
    tag.hidden = !item.tag;
    tile.querySelector('.star').hidden = !item.starred;
    tile.querySelector('.mark')?.setAttribute('aria-label', `Choose ${item.title}`);
    mark(tile, item.id);
  };

  const ids = new Set(data.items.map((item) => item.id));
  for (const id of [...chosen]) if (!ids.has(id)) chosen.delete(id);
  const present = new Map([...grid.children].map((tile) => [tile.dataset.id, tile]));
  data.items.forEach((item, index) => {
    const tile = present.get(item.id) ?? build(item);
    present.delete(item.id);
    fill(tile, item);
    if (grid.children[index] !== tile) grid.insertBefore(tile, grid.children[index] ?? null);
  });
  present.forEach((tile) => tile.remove());
}
