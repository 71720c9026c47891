// Runs in the page, so it is JavaScript as it stands: what compiles TypeScript for the tests adds calls that the page lacks.

/** Resolves when nothing fades any more and the icons beside the lines have come. */
export async function settled() {
  const fades = document
    .getAnimations()
    .filter(({ effect }) => effect?.getTiming().iterations !== Infinity)
    .map(({ finished }) => finished.catch(() => undefined));
  const icons = [...document.querySelectorAll('.margin .cgmr')].map((icon) => {
    const image = new Image();
    image.src = /url\("(.+)"\)/.exec(getComputedStyle(icon).backgroundImage)?.[1] ?? '';
    return image.decode().catch(() => undefined);
  });
  await Promise.all([...fades, ...icons]);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}
