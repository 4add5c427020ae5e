// Runs in the page: the texts whose contrast against what is behind them is below 4.5 (WCAG 2.1, 1.4.3, level AA; the formula of relative
// luminance is that of its definitions). What lies behind a text of the picture is the shape of its node.
export function lowContrasts() {
  const parse = (color) => {
    const numbers = /rgba?\(([^)]*)\)/.exec(color)?.[1].split(/[ ,/]+/).map(Number) ?? [0, 0, 0, 0];
    return {rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1};
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    for (let up = element; up !== null; up = up.parentElement) {
      if (up !== element || !(element instanceof SVGElement)) {
        const shape = up instanceof SVGGElement ? [...up.children].find((child) => child.matches('.shape:not(.behind):not(.line), rect.pill')) : null;
        if (shape) return parse(getComputedStyle(shape).fill).rgb;
      }
      const {rgb, alpha} = parse(getComputedStyle(up).backgroundColor);
      if (alpha === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
    const style = getComputedStyle(element);
    if (!own || style.display === 'none' || style.visibility === 'hidden' || element.closest('script, style, noscript, title, [hidden], dialog:not([open])')) continue;
    if (element.getClientRects().length === 0) continue;
    const color = parse(element instanceof SVGElement ? style.fill : style.color).rgb;
    const ratio = contrast(color, behind(element));
    if (ratio < 4.5) low.push(`${element.tagName}.${element.getAttribute('class')} "${element.textContent.slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return low;
}
