// One bar: the quoted range as a band, what is spent as a fill, what is set aside behind it.
export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector('.money');
  const part = (name) => {
    let piece = root.querySelector(`.${name}`);
    if (!piece) {
      piece = document.createElement('span');
      piece.className = name;
      root.append(piece);
    }
    return piece.style;
  };
  root.setAttribute('aria-label', data.label);
  root.title = data.label;
  root.classList.toggle('over', data.over);
  Object.assign(part('quoted'), { left: `${data.low}%`, width: `${Math.max(0.6, data.high - data.low)}%` });
  part('committed').width = `${data.committed}%`;
  part('spent').width = `${data.spent}%`;
  part('now').left = `${data.spent}%`;
}
