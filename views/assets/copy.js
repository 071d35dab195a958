// Shows the buttons that copy what stands beside them: without this file the text is there to be selected.
for (const button of document.querySelectorAll('[data-copy]')) {
  const text = button.closest('figure')?.querySelector('pre')
  const label = button.querySelector('span')
  if (text === null || text === undefined || label === null || navigator.clipboard === undefined) {
    continue
  }
  button.hidden = false
  label.setAttribute('aria-live', 'polite')
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(text.textContent ?? '').then(
      () => {
        label.textContent = button.dataset.copied ?? 'Copied'
      },
      () => {
        label.textContent = button.dataset.refused ?? 'Not allowed: select it'
      },
    )
  })
}
